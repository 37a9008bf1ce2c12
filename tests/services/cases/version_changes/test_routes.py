"""Routes by which two people move open cases to another version."""

from math import inf
from typing import Any

import orjson
from starlette.requests import Request
from typing_extensions import override

from libs.clock import Clock
from libs.database.pool import Database
from libs.ids import derived_id, new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import Caller, Staff, TokenChecker, bearer_token
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import DeclaredRoute
from services.cases.version_changes.routes import routes
from tests.libs.web.running import Answer, app_with, ask
from tests.services.cases.scenes import NOW, submitted
from tests.services.cases.version_changes.scenes import FIRST, gone_on, opened

CHANGES = "/v1/operations/version-changes"
_PEOPLE = new_id()


class Tokens(TokenChecker):
    """Accepts `<role> <name>` as a token; who has it has just logged in."""

    @override
    async def check(self, request: Request) -> Caller:
        role, _, name = bearer_token(request).partition("_")
        person = derived_id(_PEOPLE, name)
        return Staff(person, frozenset({role}), new_id(), expires_at_s=inf, authenticated_at_s=inf)


class Api:
    """Calls the routes."""

    def __init__(self, database: Database) -> None:
        client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
        provided = [Tokens("http://127.0.0.1:9", client=client), database, Clock(lambda: NOW)]
        self._app = app_with(
            *(DeclaredRoute(one, "cases", provided) for one in routes.declarations)
        )

    async def send(self, method: str, path: str, body: Any, who: str) -> Answer:
        headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
        chunks = [] if body is None else [orjson.dumps(body)]
        return await ask(self._app, method, path, headers=headers, chunks=chunks)


async def test_one_person_plans_and_another_starts_with_that_count(database: Database) -> None:
    """What differs is answered with 409, and an officer has no such right."""
    desk = await opened(database, submitted())
    api = Api(database)
    of_grievances = {"workflow_version": "G001@2", "reason": "circular"}
    unknown = await api.send("POST", CHANGES, of_grievances, "programme_salma")
    assert orjson.loads(unknown.body)["type"].endswith("/workflow_version_unknown")
    body = {"workflow_version": "S005@2", "reason": "circular"}
    assert (await api.send("POST", CHANGES, body, "officer_karim")).status == 403
    planned = await api.send("POST", CHANGES, body, "programme_salma")
    assert (planned.status, orjson.loads(planned.body)["state"]) == (200, "counting")
    start = f"{CHANGES}/{orjson.loads(planned.body)['change_id']}/start"
    await gone_on(desk, steps=2)
    listed = await api.send("GET", CHANGES, None, "operator_rana")
    (change,) = orjson.loads(listed.body)["items"]
    assert change["expected"] == 1
    assert len(change["planned"]) == 1
    assert change["planned"][0] == {
        "from_step": "confirm",
        "from_name": {"bn": FIRST.steps["confirm"].name.bn, "en": FIRST.steps["confirm"].name.en},
        "to_step": "prepare",
        "to_name": {"bn": FIRST.steps["prepare"].name.bn, "en": FIRST.steps["prepare"].name.en},
        "cases": 1,
    }
    one = await api.send("GET", start.removesuffix("/start"), None, "operator_rana")
    assert orjson.loads(one.body) == change
    unknown = await api.send("GET", f"{CHANGES}/{new_id()}", None, "operator_rana")
    assert unknown.status == 404
    for expected, who, status in (
        (1, "programme_salma", 403),
        (2, "operator_rana", 409),
        (1, "operator_rana", 200),
    ):
        answer = await api.send("POST", start, {"expected": expected}, who)
        assert answer.status == status, answer.body
    stopped = await api.send("POST", start.replace("start", "cancellation"), None, "operator_rana")
    assert orjson.loads(stopped.body)["state"] == "cancelled"
