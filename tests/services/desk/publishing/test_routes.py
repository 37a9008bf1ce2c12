"""Pages of editors and publishers, against an API that is played."""

import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from libs.contracts.language import Text
from libs.contracts.publishing import (
    DescriptionChange,
    HistoryEntry,
    PublishedService,
    PublishedServiceList,
    ServiceDraft,
    ServiceDraftProblem,
    ServiceHistory,
    ServiceProposal,
    ServicePublishing,
    ServiceVersionView,
)
from tests.libs.pages.running import Play
from tests.services.catalogue.publishing.scenes import content
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
PROPOSAL: Final = UUID(int=9)
PAGE: Final = "/publishing/S001"
NAME = Text(bn="জন্ম নিবন্ধন", en="Birth registration")
SERVICE = PublishedService(
    public_service_id="S001",
    name=NAME,
    ministry="lgd",
    open=True,
    version=1,
    has_draft=True,
    waits=True,
)
WAITING = ServiceProposal(
    proposal_id=PROPOSAL,
    reason="the rules of 2018",
    proposed_by="staff:x",
    proposed_at=AT,
    state="waiting",
    is_mine=False,
)
HISTORY = ServiceHistory(
    public_service_id="S001",
    name=NAME,
    items=[
        HistoryEntry(
            kind="version",
            version=2,
            valid_from=AT.date(),
            published_at=AT,
            reason="the rules of 2018",
            changes=[DescriptionChange(field="days", before=None, after=NAME, source="law")],
        ),
        HistoryEntry(kind="reference", version=1, valid_from=None, published_at=None, reason=""),
    ],
)
VERSION = ServiceVersionView(
    version=2,
    valid_from=AT.date(),
    published_at=AT,
    proposed_by="staff:x",
    published_by="staff:y",
    reason="the rules of 2018",
    content=content(),
)


def found(
    *,
    writes: bool = False,
    wrong: list[ServiceDraftProblem] | None = None,
    proposals: list[ServiceProposal] | None = None,
) -> ServicePublishing:
    """A service for an editor who writes, or for a publisher."""
    return ServicePublishing(
        service=SERVICE,
        may_write=writes,
        may_publish=not writes,
        fee_is_said=True,
        beginning=content(),
        versions=[],
        draft=ServiceDraft(content=content(), saved_at=AT, saved_by="x", problems=wrong or []),
        proposals=[WAITING] if proposals is None else proposals,
    )


def playing(shown: ServicePublishing, seen: dict[str, Any], code: str = "") -> Play:
    """The API; what was sent to it is kept by its path."""

    answers: dict[str, BaseModel] = {
        "services": PublishedServiceList(items=[SERVICE]),
        "history": HISTORY,
        "approval": VERSION,
        "rejection": WAITING,
    }

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if not path.startswith(("/v1/publishing", "/v1/services")):
            return await play(request)
        if request.method != "GET":
            seen[f"{request.method} {path}"] = json.loads(await request.text())
            if code:
                problem = {"type": f"/problems/{code}", "title": "-", "status": 422, "detail": "No"}
                kind = "application/problem+json"
                return web.json_response(problem, status=422, content_type=kind)
        return answer(answers.get(path.rpartition("/")[2], shown).model_dump_json())

    return answering


async def test_a_publisher_sees_the_draft_and_publishes_it_from_a_day_on(
    unused_tcp_port: int,
) -> None:
    """Each value in both languages, with its source."""
    seen: dict[str, Any] = {}
    async with desk(playing(found(), seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/publishing")
        assert "Waits for a publisher" in page.text
        page = await scene.browser.open(f"/en{PAGE}")
        for words in (
            "the rules of 2018",
            "Vaccination card",
            "Deputy Secretary",
            "7 working days",
        ):
            assert words in page.text
        assert f"/en{PAGE}/draft" not in page.links
        typed = {"valid_from": "2026-12-01", "action": "publish"}
        await scene.browser.send(page, page.form("valid_from"), typed)
        page = await scene.browser.open(f"/en{PAGE}")
        await scene.browser.send(
            page, page.form("valid_from"), {"action": "reject", "rejection": "45 days"}
        )
    path = f"POST /v1/publishing/proposals/{PROPOSAL}"
    assert seen == {
        f"{path}/approval": {"valid_from": "2026-12-01"},
        f"{path}/rejection": {"reason": "45 days"},
    }


async def test_an_editor_writes_what_the_form_has_and_proposes_it(unused_tcp_port: int) -> None:
    """As the API takes it."""
    seen: dict[str, Any] = {}
    shown = found(writes=True, proposals=[])
    async with desk(playing(shown, seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en{PAGE}/draft")
        page = await scene.browser.send(page, page.form("days-days"), {"days-days": "9"})
        assert page.path == f"/en{PAGE}"
        await scene.browser.send(page, page.form("reason"), {"reason": "the rules of 2018"})
    draft = seen["PUT /v1/publishing/services/S001/draft"]["content"]
    assert (draft["days"]["days"], draft["papers"]["papers"][0]["en"]) == (9, "Vaccination card")
    assert seen["POST /v1/publishing/services/S001/proposals"] == {"reason": "the rules of 2018"}


async def test_what_is_wrong_in_a_draft_stands_at_its_field(unused_tcp_port: int) -> None:
    """What was typed stays, and was kept."""
    wrong = [ServiceDraftProblem(place="/result/source", wrong="missing")]
    async with desk(playing(found(writes=True, wrong=wrong), {}), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en{PAGE}/draft")
        page = await scene.browser.send(page, page.form("days-days"), {"days-days": "11"})
        assert page.status == 422
        assert "#result-source" in page.links
        assert page.form("days-days").fields["days-days"] == "11"


async def test_one_person_stops_a_service(unused_tcp_port: int) -> None:
    """With a reason that everybody can read; what the API refuses stands at its field."""
    seen: dict[str, Any] = {}
    async with desk(playing(found(), seen, "publication_wrong"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en{PAGE}")
        typed = {"kind": "closed", "stop-reason": "the register is rebuilt"}
        page = await scene.browser.send(page, page.form("stop-reason"), typed)
        assert page.status == 422
        assert "#stop-reason" in page.links
    assert seen == {
        "POST /v1/publishing/services/S001/stops": {
            "kind": "closed",
            "reason": "the register is rebuilt",
        }
    }
