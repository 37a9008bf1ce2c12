"""Routes of editors and publishers."""

from math import inf
from typing import Any

import orjson
import pytest
from starlette.requests import Request
from typing_extensions import override

from libs.clock import Clock
from libs.contracts.offices import Post
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import derived_id, new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import Caller, Staff, TokenChecker, bearer_token
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import DeclaredRoute
from services.catalogue.publishing.routes import routes
from tests.libs.web.running import Answer, app_with, ask
from tests.services.catalogue.publishing.scenes import MINISTRY, SERVICE, content
from tests.services.catalogue.scenes import AT, loaded

BASE = "/v1/publishing/services"
_PEOPLE = new_id()


class Tokens(TokenChecker):
    """Accepts `<role>_<name>_<ministry>` as a token; who has it has just logged in."""

    @override
    async def check(self, request: Request) -> Caller:
        role, name, ministry = (*bearer_token(request).split("_"), "", "")[:3]
        if not name:
            raise Refused("token_invalid")
        return Staff(
            derived_id(_PEOPLE, name),
            frozenset({role}),
            new_id(),
            expires_at_s=inf,
            authenticated_at_s=inf,
            post=Post(ministry) if ministry else None,
        )


SALMA, RAFIQ = f"editor_salma_{MINISTRY}", "publisher_rafiq"


class Api:
    """Calls the routes, as an editor unless told otherwise."""

    def __init__(self, database: Database) -> None:
        client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
        provided = [Tokens("http://127.0.0.1:9", client=client), database, Clock(lambda: AT)]
        declared = (DeclaredRoute(one, "catalogue", provided) for one in routes.declarations)
        self._app = app_with(*declared)

    async def send(self, method: str, path: str, body: Any = None, *, who: str = SALMA) -> Answer:
        headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
        chunks = [] if body is None else [orjson.dumps(body)]
        return await ask(self._app, method, path, headers=headers, chunks=chunks)


@pytest.fixture
async def api(database: Database) -> Api:
    await loaded(database)
    return Api(database)


async def test_a_service_goes_from_its_draft_to_publication(api: Api) -> None:
    """Written and proposed by an editor, published by a publisher from a day on."""
    path = f"{BASE}/{SERVICE}"
    begun = (await api.send("GET", path)).json()
    assert (begun["may_write"], begun["draft"], begun["service"]["version"]) == (True, None, 1)
    saved = await api.send("PUT", f"{path}/draft", {"content": content()})
    assert (saved.status, saved.json()["draft"]["problems"]) == (200, [])
    asked = await api.send("POST", f"{path}/proposals", {"reason": "the rules of 2018"})
    (proposal,) = asked.json()["proposals"]
    assert (asked.status, proposal["state"], proposal["is_mine"]) == (201, "waiting", True)
    listed = (await api.send("GET", BASE, who=RAFIQ)).json()["items"]
    assert (listed[0]["public_service_id"], listed[0]["waits"]) == (SERVICE, True)
    assert not any(service["waits"] for service in listed[1:])
    approval = f"/v1/publishing/proposals/{proposal['proposal_id']}/approval"
    assert (await api.send("POST", approval, {})).status == 403
    version = await api.send("POST", approval, {"valid_from": "2026-11-25"}, who=RAFIQ)
    assert (version.status, version.json()["version"]) == (200, 2)
    shown = (await api.send("GET", path)).json()
    assert (shown["service"]["version"], shown["draft"]) == (2, None)
    assert shown["beginning"]["days"]["days"] == 7
    assert shown["proposals"][0]["state"] == "published"


async def test_an_outdated_proposal_is_shown_as_one(api: Api) -> None:
    """Where the draft was written again since."""
    path = f"{BASE}/{SERVICE}"
    await api.send("PUT", f"{path}/draft", {"content": content()})
    await api.send("POST", f"{path}/proposals", {"reason": "the rules of 2018"})
    saved = await api.send("PUT", f"{path}/draft", {"content": content(days=None)})
    assert saved.json()["proposals"][0]["state"] == "outdated"


async def test_a_rejection_says_why(api: Api) -> None:
    """To whoever proposed it."""
    path = f"{BASE}/{SERVICE}"
    await api.send("PUT", f"{path}/draft", {"content": content()})
    asked = await api.send("POST", f"{path}/proposals", {"reason": "the rules of 2018"})
    proposal_id = asked.json()["proposals"][0]["proposal_id"]
    rejection = f"/v1/publishing/proposals/{proposal_id}/rejection"
    assert (await api.send("POST", rejection, {}, who=RAFIQ)).status == 422
    rejected = await api.send("POST", rejection, {"reason": "the order says 45"}, who=RAFIQ)
    assert (rejected.json()["state"], rejected.json()["rejected_because"]) == (
        "rejected",
        "the order says 45",
    )


async def test_one_person_stops(api: Api) -> None:
    """The service is closed at once."""
    wanted = {"kind": "closed", "reason": "the register is rebuilt"}
    stopped = await api.send("POST", f"{BASE}/{SERVICE}/stops", wanted)
    assert (stopped.status, stopped.json()["service"]["open"]) == (200, False)
    short = await api.send("POST", f"{BASE}/{SERVICE}/stops", {"kind": "closed", "reason": "x"})
    assert short.status == 422


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("editor_karim_minland", 403),
        (f"officer_karim_{MINISTRY}", 403),
        ("programme_karim", 403),
        ("nobody", 401),
        (RAFIQ, 200),
    ],
)
async def test_who_may_see_them(api: Api, who: str, status: int) -> None:
    """Editors of the ministry, and publishers."""
    assert (await api.send("GET", f"{BASE}/{SERVICE}", who=who)).status == status
