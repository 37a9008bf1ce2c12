"""Operators' routes to connections."""

from datetime import UTC, datetime
from math import inf
from typing import Any

import orjson
import pytest
from starlette.requests import Request
from typing_extensions import override

from libs.clock import Clock
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import Caller, Citizen, Staff, TokenChecker, bearer_token
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import DeclaredRoute
from services.ministries.connections.current import Connections
from services.ministries.connections.routes import routes
from services.ministries.connections.rules import CheckReport, Connection
from services.ministries.keys import report_key
from services.ministries.settings import Settings
from tests.libs.web.running import Answer, app_with, ask
from tests.services.ministries.scenes import LAND

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
PATH = f"/v1/operations/connections/{LAND}"
DEFAULT = "https://all.example"
SETTINGS = Settings.model_validate(
    {"ministry_secret": "a-master-secret-for-tests-of-32-characters"}
)
SOAP = {"adapter": "soap", "address": "https://soap.example"}


class Tokens(TokenChecker):
    """Accepts the name of a role as a token; who has it has just logged in."""

    @override
    async def check(self, request: Request) -> Caller:
        token = bearer_token(request)
        if token == "operator":
            roles = frozenset({"operator"})
            return Staff(new_id(), roles, new_id(), expires_at_s=inf, authenticated_at_s=inf)
        if token != "citizen":
            raise Refused("token_invalid")
        return Citizen(new_id(), frozenset({"citizen"}), new_id(), expires_at_s=inf)


class Api:
    """Calls the routes as an operator, unless told otherwise."""

    def __init__(self, database: Database) -> None:
        client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
        default = Connections(database, Connection(address=DEFAULT), Metrics("t"))
        tokens = Tokens("http://127.0.0.1:9", client=client)
        provided = [tokens, database, Clock(lambda: NOW), default, SETTINGS]
        self._app = app_with(
            *(DeclaredRoute(each, "ministries", provided) for each in routes.declarations)
        )

    async def send(
        self, method: str, path: str, body: Any = None, *, who: str = "operator"
    ) -> Answer:
        headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
        chunks = [] if body is None else [orjson.dumps(body)]
        return await ask(self._app, method, path, headers=headers, chunks=chunks)


@pytest.fixture
def api(database: Database) -> Api:
    return Api(database)


async def test_an_operator_connects_stops_resumes_and_reads_the_history(api: Api) -> None:
    """Each change is a version with who made it and why, as by command."""
    body = {"version": 0, "connection": SOAP, "reason": "new system"}
    unchecked = await api.send("POST", PATH, body)
    assert (unchecked.status, unchecked.json()["type"].endswith("connection_not_checked")) == (
        409,
        True,
    )
    report = CheckReport.model_validate(
        {**SOAP, "ministry": LAND, "checked_at": NOW, "rules": {"once": "passed"}}
    )
    checks, by_hand = f"{PATH}/checks", report.model_dump(mode="json")
    refused = await api.send("POST", checks, by_hand)
    assert (refused.status, refused.json()["type"].endswith("report_not_signed")) == (422, True)
    signed = report.signed(report_key(SETTINGS)).model_dump(mode="json")
    before = await api.send("POST", "/v1/report-signatures", by_hand)
    assert (before.status, before.json()["type"].endswith("report_not_signed")) == (422, True)
    assert (await api.send("POST", "/v1/report-signatures", signed)).status == 204
    changed = {**signed, "address": "https://other.example"}
    assert (await api.send("POST", "/v1/report-signatures", changed)).status == 422
    assert (await api.send("POST", checks, signed)).status == 204
    connected = await api.send("POST", PATH, body)
    assert (connected.status, connected.json()["version"]) == (200, 1)
    for version, is_stopped in ((1, True), (2, False)):
        change = {"version": version, "is_stopped": is_stopped, "reason": "they move"}
        assert (await api.send("POST", f"{PATH}/state", change)).status == 200
    (current,) = (await api.send("GET", "/v1/operations/connections")).json()["items"]
    assert (current["ministry"], current["version"]) == (LAND, 3)
    history = (await api.send("GET", PATH)).json()["items"]
    assert [(each["version"], each["is_stopped"], each["reason"]) for each in history] == [
        (3, False, "they move"),
        (2, True, "they move"),
        (1, False, "new system"),
    ]
    assert all(each["set_by"].startswith("staff:") for each in history)


async def test_a_change_on_an_earlier_version_changes_nothing(api: Api) -> None:
    """Two operators do not write over each other."""
    body = {"version": 0, "connection": SOAP, "reason": "new system", "despite": "a trial"}
    assert (await api.send("POST", PATH, body)).status == 200
    other = {**body, "connection": {"address": "https://other.example"}}
    refused = await api.send("POST", PATH, other)
    assert (refused.status, refused.json()["type"].endswith("version_superseded")) == (409, True)
    assert len((await api.send("GET", PATH)).json()["items"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "ftp://a.example"},
        {"address": "http://a.example"},
        {"adapter": "fax", "address": "https://a.example"},
        {},
    ],
)
async def test_a_wrong_connection_is_refused(api: Api, wrong: dict[str, str]) -> None:
    """What is wrong is said, and nothing is stored."""
    body = {"version": 0, "connection": wrong, "reason": "new system"}
    assert (await api.send("POST", PATH, body)).status in {400, 422}
    (current,) = (await api.send("GET", PATH)).json()["items"]
    assert current["version"] == 0


async def test_the_default_connection_is_shown_with_its_address(api: Api) -> None:
    """Before any version, and in a version without another connection, as is the address of one."""
    (unset,) = (await api.send("GET", PATH)).json()["items"]
    stop = {"version": 0, "is_stopped": True, "reason": "they move"}
    stopped = (await api.send("POST", f"{PATH}/state", stop)).json()
    body = {"version": 1, "connection": SOAP, "reason": "new system", "despite": "a trial"}
    connected = (await api.send("POST", PATH, body)).json()
    shown = [
        (each["version"], each["connection"]["address"], each["is_default"])
        for each in (unset, stopped, connected)
    ]
    assert shown == [(0, DEFAULT, True), (1, DEFAULT, True), (2, SOAP["address"], False)]


async def test_nobody_else_sees_or_changes_a_connection(api: Api) -> None:
    """Not a citizen, and nothing of a ministry that does not exist."""
    body = {"version": 0, "connection": SOAP, "reason": "new system", "despite": "x"}
    assert (await api.send("GET", PATH, who="citizen")).status == 403
    assert (await api.send("POST", PATH, body, who="citizen")).status == 403
    nobody = PATH.replace(LAND, "nobody")
    assert (await api.send("GET", nobody)).status == 404
    assert (await api.send("POST", nobody, body)).status == 404
