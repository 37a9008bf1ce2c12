"""Routes to drafts, proposals and versions."""

from math import inf
from typing import Any

import orjson
import pytest
from starlette.requests import Request
from typing_extensions import override

from libs.clock import Clock
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import derived_id, new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import Caller, Staff, TokenChecker, bearer_token
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import DeclaredRoute
from services.catalogue.publications.routes import routes
from tests.libs.web.running import Answer, app_with, ask
from tests.services.catalogue.publications.scenes import YEAR, next_mutation, published
from tests.services.catalogue.scenes import AT

BASE = "/v1/operations/publications"
PROPOSALS = "/v1/operations/publication-proposals"
_PEOPLE = new_id()


class Tokens(TokenChecker):
    """Accepts `<role> <name>` as a token; who has it has just logged in."""

    @override
    async def check(self, request: Request) -> Caller:
        role, _, name = bearer_token(request).partition("_")
        if not name:
            raise Refused("token_invalid")
        person = derived_id(_PEOPLE, name)
        roles = frozenset({role})
        return Staff(person, roles, new_id(), expires_at_s=inf, authenticated_at_s=inf)


class Api:
    """Calls the routes, as salma of the programme unless told otherwise."""

    def __init__(self, database: Database) -> None:
        client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
        provided = [Tokens("http://127.0.0.1:9", client=client), database, Clock(lambda: AT)]
        declared = (DeclaredRoute(one, "catalogue", provided) for one in routes.declarations)
        self._app = app_with(*declared)

    async def send(
        self, method: str, path: str, body: Any = None, *, who: str = "programme_salma"
    ) -> Answer:
        headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
        chunks = [] if body is None else [orjson.dumps(body)]
        return await ask(self._app, method, path, headers=headers, chunks=chunks)


@pytest.fixture
async def api(database: Database) -> Api:
    await published(database)
    return Api(database)


async def test_a_year_goes_from_its_draft_to_publication(api: Api) -> None:
    """Written and proposed by one person, published by another one."""
    path = f"{BASE}/year/2027"
    saved = await api.send("PUT", f"{path}/draft", {"content": YEAR})
    assert (saved.status, saved.json()) == (200, {"problems": []})
    proposed = await api.send("POST", f"{path}/proposals", {"reason": "the gazette"})
    assert (proposed.status, proposed.json()["state"]) == (201, "waiting")
    approval = f"{PROPOSALS}/{proposed.json()['proposal_id']}/approval"
    own = await api.send("POST", approval)
    assert (own.status, own.json()["type"]) == (403, "/problems/second_person_needed")
    version = await api.send("POST", approval, who="operator_rafiq")
    assert (version.status, version.json()["version"]) == (200, 1)
    shown = await api.send("GET", path)
    assert [version["reason"] for version in shown.json()["versions"]] == ["the gazette"]
    assert (shown.json()["draft"], shown.json()["proposals"][0]["state"]) == (None, "published")


async def test_a_draft_says_what_is_wrong_and_where(api: Api) -> None:
    """When it is written, and whenever it is shown."""
    content = next_mutation(start="nowhere")
    saved = await api.send("PUT", f"{BASE}/workflow/S025/draft", {"content": content})
    assert [problem["place"] for problem in saved.json()["problems"]] == ["/start"]
    shown = await api.send("GET", f"{BASE}/workflow/S025")
    assert shown.json()["draft"]["problems"] == saved.json()["problems"]
    refused = await api.send("POST", f"{BASE}/workflow/S025/proposals", {"reason": "an order"})
    assert (refused.status, refused.json()["type"]) == (422, "/problems/publication_wrong")


async def test_a_sample_is_tried_and_shows_who_is_waited_for(api: Api) -> None:
    """Each station with its clocks, and with what can happen next."""
    await api.send("PUT", f"{BASE}/workflow/S025/draft", {"content": next_mutation()})
    tried = await api.send("POST", f"{BASE}/workflow/S025/trial", {"choices": ["pay"]})
    first, second = tried.json()["stations"]
    assert (first["waits_for"], first["days"]) == ("payment", {"timeout": 30})
    assert (second["waits_for"], second["roles"]) == ("office", ["ac_land"])
    assert second["choices"] == ["act accept", "act ask_correction", "act refuse"]


async def test_a_rejection_says_why(api: Api) -> None:
    """To whoever proposed it."""
    await api.send("PUT", f"{BASE}/year/2027/draft", {"content": YEAR})
    proposed = await api.send("POST", f"{BASE}/year/2027/proposals", {"reason": "the gazette"})
    path = f"{PROPOSALS}/{proposed.json()['proposal_id']}/rejection"
    without = await api.send("POST", path, {}, who="operator_rafiq")
    assert without.status == 422
    rejected = await api.send("POST", path, {"reason": "two are missing"}, who="operator_rafiq")
    assert (rejected.json()["state"], rejected.json()["rejected_because"]) == (
        "rejected",
        "two are missing",
    )


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [
        ("workflow/S025", "officer_karim", 403),
        ("workflow/S025", "nobody", 401),
        ("workflow/S999", "programme_salma", 404),
        ("moon/2027", "programme_salma", 404),
    ],
)
async def test_who_may_see_them(api: Api, path: str, who: str, status: int) -> None:
    """Operators and the programme."""
    assert (await api.send("GET", f"{BASE}/{path}", who=who)).status == status
