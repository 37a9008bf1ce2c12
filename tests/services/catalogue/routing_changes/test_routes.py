"""Operators' routes to routing rules."""

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
from libs.web.callers.tokens import Caller, Staff, TokenChecker, bearer_token
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import DeclaredRoute
from services.catalogue.public_services.reference import read_reference
from services.catalogue.routing_changes.routes import routes
from tests.libs.web.running import Answer, app_with, ask
from tests.services.catalogue.routing_changes.scenes import TODAY, ZONE, routing_of
from tests.services.catalogue.scenes import AT, loaded

PATH = "/v1/operations/routing-rules/S010"


class Tokens(TokenChecker):
    """Accepts the name of a role as a token; who has it has just logged in."""

    @override
    async def check(self, request: Request) -> Caller:
        roles: dict[str, str] = {"operator": "operator", "officer": "officer"}
        role = roles.get(bearer_token(request))
        if role is None:
            raise Refused("token_invalid")
        return Staff(
            new_id(), frozenset({role}), new_id(), expires_at_s=inf, authenticated_at_s=inf
        )


@pytest.fixture
async def api(database: Database) -> "Api":
    await loaded(database)
    return Api(database)


class Api:
    """Calls the routes as an operator, unless told otherwise."""

    def __init__(self, database: Database) -> None:
        client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
        tokens = Tokens("http://127.0.0.1:9", client=client)
        provided = [tokens, database, Clock(lambda: AT)]
        self._app = app_with(
            *(
                DeclaredRoute(declaration, "catalogue", provided)
                for declaration in routes.declarations
            )
        )

    async def send(
        self, method: str, path: str, body: Any = None, *, who: str = "operator"
    ) -> Answer:
        headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
        chunks = [] if body is None else [orjson.dumps(body)]
        return await ask(self._app, method, path, headers=headers, chunks=chunks)


def rule(**fields: Any) -> dict[str, Any]:
    """A rule as an operator sets it."""
    day = TODAY.isoformat()
    return {**ZONE, "wards": [1, 2], "valid_from": day, "reason": "gazette", **fields}


async def test_an_operator_sets_shows_and_ends_a_rule(api: Api, database: Database) -> None:
    """It is announced with the public service; who did it and why is kept."""
    done = await api.send("POST", f"{PATH}/zone-9", rule())
    assert (done.status, done.json()["rule"]["version"]) == (200, 1)
    assert "zone-9" in {routing_rule.rule_id for routing_rule in await routing_of(database)}
    end = {"valid_from": TODAY.isoformat(), "reason": "merged"}
    assert (await api.send("POST", f"{PATH}/zone-9/end", end)).json()["rule"]["ended"]
    versions = (await api.send("GET", PATH)).json()["items"]
    of_zone = [version for version in versions if version["rule"]["rule_id"] == "zone-9"]
    assert [(each["rule"]["version"], each["reason"]) for each in of_zone] == [
        (1, "gazette"),
        (2, "merged"),
    ]
    assert all(each["added_by"].startswith("staff:") for each in of_zone)


async def test_the_office_of_a_body_that_answers_grievances_is_set(database: Database) -> None:
    """Not by an address: the field of the form has the id of the body that is complained of."""
    await loaded(database, read_reference(grievances=True))
    api, path = Api(database), PATH.replace("S010", "G001")
    body: dict[str, Any] = {
        "valid_from": TODAY.isoformat(),
        "reason": "order of the division",
        "address": "body",
        "match": "body",
        "office_kind": "head_office",
        "office_id": "grievance-lgd-2",
        "office_name": {"bn": "দ্বিতীয় অনিক", "en": "Second grievance officer"},
        "ministry": "lgd",
        "adapter": "desk",
    }
    done = await api.send("POST", f"{path}/other-9-lgd", body)
    assert (done.status, done.json()["rule"]["match"]) == (200, "body")
    body.pop("match")
    refused = await api.send("POST", f"{path}/other-9-lgd", body)
    assert refused.json()["type"].endswith("routing_rule_wrong")


async def test_a_wrong_rule_is_refused_with_its_reason(api: Api) -> None:
    """By the same checks as the command's."""
    refused = await api.send("POST", f"{PATH}/zone-9", rule(area="999999"))
    assert (refused.status, refused.json()["type"].endswith("routing_rule_wrong")) == (422, True)
    unknown = await api.send("GET", PATH.replace("S010", "S999"))
    assert unknown.status == 404


async def test_no_rule_begins_or_ends_after_the_century(api: Api) -> None:
    """No event can carry the day, so a version with it could not be announced."""
    assert (await api.send("POST", f"{PATH}/zone-9", rule())).status == 200
    end = {"valid_from": "2100-01-01", "reason": "a wrong key"}
    for path, body in (
        (f"{PATH}/zone-8", rule(valid_from="2100-01-01")),
        (f"{PATH}/zone-9/end", end),
    ):
        refused = await api.send("POST", path, body)
        assert refused.status == 422
        assert refused.json()["type"].endswith("routing_rule_wrong")


async def test_nobody_else_sees_or_changes_a_rule(api: Api) -> None:
    """An officer of a ministry has no role for it, and a stranger no token."""
    assert (await api.send("GET", PATH, who="officer")).status == 403
    assert (await api.send("POST", f"{PATH}/zone-9", rule(), who="officer")).status == 403
    assert (await api.send("GET", PATH, who="stranger")).status == 401
