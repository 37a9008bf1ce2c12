from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.types import ASGIApp

from libs.dead_letters import queries
from libs.dead_letters.routes import routes as dead_letter_routes
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import TokenChecker
from libs.web.calling.client import HttpClient
from tests.conftest import DatabaseFor
from tests.libs.dead_letters.scenes import PHONE, Scene, failed_job, scene
from tests.libs.web.running import CITIZEN, Answer, Identity, app_with, ask, served

BASE = "/v1/operations/applications"
LOOK = {"dead_letter_id": 1, "why": "ticket 4711"}


@dataclass
class Operators:
    """The operators' routes, and tokens of any role."""

    app: ASGIApp
    identity: Identity
    scene: Scene

    async def get(self, path: str, role: str = "operator", **more: Any) -> Answer:
        return await ask(self.app, "GET", BASE + path, headers=self._as(role), **more)

    async def post(self, path: str, body: Any, role: str = "operator", **more: Any) -> Answer:
        return await ask(self.app, "POST", BASE + path, headers=self._as(role), json=body, **more)

    def _as(self, role: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.identity.token(roles=[role])}"}


@pytest.fixture
async def ops(database_for: DatabaseFor) -> AsyncIterator[Operators]:
    identity = Identity()
    client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
    made = await scene(await database_for("applications"))
    async with client, served(identity.show) as url:
        checker = TokenChecker(url, client=client)
        routes = dead_letter_routes.bind(made.admin.service, [made.admin, checker])
        yield Operators(app_with(*routes), identity, made)


async def test_an_operator_lists_narrows_and_reads_on(ops: Operators) -> None:
    """The list has what an operator needs, and no personal data."""
    got = await ops.get("/dead-letters")
    assert [each["dead_letter_id"] for each in got.json()["items"]] == [1, 2, 3]
    assert PHONE not in got.body.decode()
    assert got.headers["cache-control"] == "no-store"
    for query, ids in [
        ("?reason=defect", [1]),
        ("?destination=lgd", [3]),
        ("?since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z", []),
        ("?limit=2", [1, 2]),
        ("?after=2&limit=2", [3]),
    ]:
        page = (await ops.get(f"/dead-letters{query}")).json()
        assert [each["dead_letter_id"] for each in page["items"]] == ids
        assert page["next"] == (2 if query == "?limit=2" else None)
    assert (await ops.get("/dead-letters/3")).json()["destination"] == "lgd"


async def test_only_the_viewer_sees_one_in_full_and_each_look_is_journalled(
    ops: Operators,
) -> None:
    """Only a viewer has the full view, and the journal has every access."""
    assert (await ops.post("/looks", LOOK)).code == "role_missing"
    got = await ops.post("/looks", LOOK, "dead_letter_viewer")
    assert PHONE in got.json()["value"]
    (entry,) = (await ops.get("/journal")).json()["items"]
    assert (entry["action"], entry["dead_letter_id"]) == ("look", 1)
    assert (entry["actor"], entry["why"]) == (f"staff:{CITIZEN}", "ticket 4711")


async def test_the_full_view_needs_a_reason(ops: Operators) -> None:
    """A full view without a reason is refused and not in the journal."""
    for body in ({"dead_letter_id": 1}, {"dead_letter_id": 1, "why": ""}):
        got = await ops.post("/looks", body, "dead_letter_viewer")
        assert (got.status, got.json()["errors"][0]["pointer"]) == (422, "/why")
    assert (await ops.get("/journal")).json()["items"] == []


@pytest.mark.parametrize("role", ["citizen", "officer", "dead_letter_viewer", "operator"])
async def test_rights_of_each_role(ops: Operators, role: str) -> None:
    """Citizens and officers may do nothing; a viewer reads; an operator replays and settles."""
    reads, acts = role in {"operator", "dead_letter_viewer"}, role == "operator"
    body = {"ids": [99], "why": "none of ours"}
    for path in ("/dead-letters", "/dead-letters/1", "/journal"):
        assert ((await ops.get(path, role)).status == 200) == reads
    for path in ("/replays", "/settlements"):
        assert ((await ops.post(path, body, role)).status == 200) == acts
    assert ((await ops.post("/looks", LOOK, role)).status == 200) == (role == "dead_letter_viewer")


async def test_a_refusal_is_in_bangla_or_english(ops: Operators) -> None:
    """The problem's title is in the language of the request."""
    headers = {"authorization": f"Bearer {ops.identity.token(roles=['officer'])}"}
    bangla = await ask(ops.app, "GET", f"{BASE}/journal", headers=headers)
    english = await ask(
        ops.app, "GET", f"{BASE}/journal", headers={**headers, "accept-language": "en"}
    )
    nobody = await ask(ops.app, "GET", f"{BASE}/journal")
    assert (bangla.status, bangla.json()["title"]) == (403, "এই কাজের অনুমতি নেই")
    assert english.json()["title"] == "Not allowed with this role"
    assert (nobody.status, nobody.code) == (401, "token_missing")


async def test_a_replay_is_narrowed_by_the_time_of_the_failure(ops: Operators) -> None:
    """The body is read strictly, and takes a time that is written out."""
    body = {"since": "2026-01-01T00:00:00+06:00", "why": "the outage is over"}
    early = {**body, "until": "2026-01-02T00:00:00z"}
    assert (await ops.post("/replays", early)).json()["settled"] == []
    assert (await ops.post("/replays", body)).json()["settled"] == [1, 2, 3]


async def test_a_dry_run_counts_and_does_nothing(ops: Operators) -> None:
    """An operator sees what a destination and a window select; the journal has no entry."""
    body = {"destination": "lgd", "since": "2026-01-01T00:00:00Z", "why": "which were refused?"}
    report = (await ops.post("/replays", {**body, "dry_run": True})).json()
    assert [(each["reason"], each["number"]) for each in report["selected"]] == [
        ("refused.by_ministry", 1)
    ]
    assert (report["settled"], ops.scene.jobs.resent) == ([], [])
    assert (await ops.get("/journal")).json()["items"] == []
    assert (await ops.post("/replays", body)).json()["settled"] == [3]


async def test_jobs_of_a_destination_are_resent_by_the_thousand(ops: Operators) -> None:
    """The limit of a hundred is for records, which are handled within the request."""
    async with ops.scene.database.transaction() as tx:
        await queries.insert_jobs(tx, [failed_job(str(number)) for number in range(1_500)])
    body = {"destination": "lgd", "why": "lgd has fixed its system"}
    assert len((await ops.post("/replays", body)).json()["settled"]) == 1_501
    assert len(ops.scene.jobs.resent) == 1_501


async def test_replays_and_settlements_report_their_results(ops: Operators) -> None:
    """The report lists the results; a repeat finds nothing to do."""
    body = {"ids": [3], "why": "lgd has fixed its system"}
    report = (await ops.post("/replays", body)).json()
    (selected,) = report.pop("selected")
    assert (selected["source"], selected["destination"], selected["number"]) == (
        "hand over",
        "lgd",
        1,
    )
    assert report == {"settled": [3], "failed": [], "blocked": []}
    assert (await ops.post("/replays", body)).json()["settled"] == []
    assert ops.scene.jobs.resent == ["a"]
    ops.scene.recorder.fails_on = lambda _: KeyError("still")
    by_reason = {"reason": "defect", "why": "thought it was fixed"}
    assert (await ops.post("/replays", by_reason)).json()["failed"] == [
        {"dead_letter_id": 1, "reason": "defect.KeyError"}
    ]
    ops.scene.recorder.fails_on = lambda _: None
    settled = await ops.post("/settlements", {"ids": [1], "why": "sent twice by mistake"})
    assert settled.json()["settled"] == [1, 2]
    pages = [(await ops.get("/journal?limit=2")).json()]
    pages.append((await ops.get(f"/journal?limit=2&after={pages[0]['next']}")).json())
    actions = [each["action"] for page in pages for each in page["items"]]
    assert actions == ["settle", "replay", "replay"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/dead-letters?limit=0", None),
        ("/dead-letters?since=0", None),
        ("/journal?after=x", None),
        ("/replays", {"why": "everything"}),
        ("/replays", {"ids": [], "why": "nothing"}),
        ("/replays", {"since": "1797379200", "why": "seconds since 1970"}),
        ("/settlements", {"ids": [1]}),
    ],
)
async def test_a_malformed_request_is_refused(ops: Operators, path: str, body: Any) -> None:
    """The wrong field is named; nothing is done."""
    got = await (ops.get(path) if body is None else ops.post(path, body))
    assert got.status == 422
    assert got.json()["errors"]


@pytest.mark.parametrize("number", ["99", "x", "9" * 30, "-1", "১"])
async def test_an_unknown_id_is_not_found(ops: Operators, number: str) -> None:
    """Bangla digits are read as numbers; anything else is no dead letter."""
    got = await ops.get(f"/dead-letters/{number}")
    assert got.status == (200 if number == "১" else 404)
