"""The page of the pilot, against an API that is played."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.accounts import AccountList, AccountView
from libs.contracts.language import Text
from libs.contracts.pilot import (
    CriterionView,
    PilotPlan,
    PilotPlanSet,
    PilotProposal,
    PilotView,
)
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in, refused

AT = datetime(2026, 6, 30, 4, tzinfo=UTC)
ACT = UUID(int=9)
API, PAGE = "/v1/programme/pilot", "/en/programme/pilot"
NUMBERS = {
    "in_time": 90, "satisfaction": 80, "lost": 0, "overcharging": 10, "open_days": 20, "cost": 100
}  # fmt: skip
PLAN = PilotPlan(first_day=date(2026, 7, 1), last_day=date(2026, 7, 31), **NUMBERS)
SOURCE = Text(bn="উৎস", en="counted from events")
PROPOSAL = PilotProposal(
    act_id=ACT, plan=PLAN, reason="letter 5", proposed_by=UUID(int=7), proposed_at=AT,
    state="waiting",
)  # fmt: skip
PILOT = PilotView(
    has_ended=False,
    has_passed=False,
    criteria=[
        CriterionView(
            criterion="in_time", threshold=90, at_least=True, value=87, denominator=412,
            state="failed", source=SOURCE,
        ),
        CriterionView(
            criterion="cost", threshold=100, at_least=False, value=None, denominator=None,
            state="not_known", source=SOURCE,
        ),
    ],
    plans=[PilotPlanSet(plan=PLAN, reason="letter 4", by=["staff:1", "staff:2"], set_at=AT)],
    proposals=[PROPOSAL],
)  # fmt: skip


def playing(sent: list[Any], pilot: PilotView = PILOT, refusal: str = "") -> Play:
    """The API; what was sent to it is kept, and done or refused."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if not request.path.startswith(API):
            return await play(request)
        if request.method == "GET":
            return answer(pilot.model_dump_json())
        text = await request.text()
        sent.append((request.path, json.loads(text) if text else None))
        return refused(refusal) if refusal else answer(PROPOSAL.model_dump_json())

    return answering


async def test_each_criterion_is_shown_with_what_is_known(unused_tcp_port: int) -> None:
    """Value, threshold, of how many, state and source."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
    for words in ("goes on", "90 at least", "87", "412", "not met", "not known", SOURCE.en):
        assert words in page.text
    assert "100 at most" in page.text


@pytest.mark.parametrize(("proposer", "is_own"), [("rahim", True), ("karim", False)])
async def test_the_own_proposal_can_only_be_taken_back(
    proposer: str, is_own: bool, unused_tcp_port: int
) -> None:
    """As another person has to approve it."""
    sent: list[Any] = []
    account = AccountView(
        staff_id=PROPOSAL.proposed_by, username=proposer, roles=["programme"], active=True
    )
    playing_pilot = playing(sent)

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff":
            assert request.query["ids"] == str(PROPOSAL.proposed_by)
            return answer(AccountList(items=[account]).model_dump_json())
        return await playing_pilot(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        said = [words in page.text for words in ("you proposed it", "Take it back", "Approve it")]
        assert said == [is_own, is_own, not is_own]
        form = page.form(action=f"{PAGE}/proposals/{ACT}")
        await scene.browser.send(page, form, {"action": "reject"})
    assert sent == [(f"{API}/proposals/{ACT}/rejection", {"reason": None})]


async def test_criteria_are_proposed_and_answered_on_the_page(unused_tcp_port: int) -> None:
    """Numbers in either script; a rejection has its reason."""
    sent: list[Any] = []
    typed = {"first_day": "2026-07-01", "last_day": "2026-07-31", "reason": "letter 5"}
    numbers = {name: str(number) for name, number in NUMBERS.items()}
    async with desk(playing(sent), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        form = typed | numbers | {"in_time": "৯০"}
        page = await scene.browser.send(page, page.form("in_time"), form)
        page = await scene.browser.send(page, page.form("rejection"), {"action": "approve"})
        rejected = {"action": "reject", "rejection": "95 percent"}
        await scene.browser.send(page, page.form("rejection"), rejected)
    proposals = f"{API}/proposals"
    assert sent == [
        (proposals, typed | NUMBERS),
        (f"{proposals}/{ACT}/approval", None),
        (f"{proposals}/{ACT}/rejection", {"reason": "95 percent"}),
    ]


@pytest.mark.parametrize("control", ["in_time", "rejection"])
async def test_a_refusal_is_said_where_it_belongs(control: str, unused_tcp_port: int) -> None:
    """As after the end."""
    async with desk(playing([], refusal="pilot_ended"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form(control), {"action": "approve"})
    assert page.status == 409
    assert "no criterion is changed" in page.text


@pytest.mark.parametrize(("has_passed", "words"), [(True, "passed"), (False, "not passed")])
async def test_after_the_end_nothing_is_proposed(
    has_passed: bool, words: str, unused_tcp_port: int
) -> None:
    """And the page says whether it passed."""
    over = PILOT.model_copy(update={"has_ended": True, "has_passed": has_passed, "proposals": []})
    async with desk(playing([], over), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
    assert words in page.text
    assert "Propose criteria" not in page.text
