"""The page of those who lead, against an API that is played."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from aiohttp import web

from libs.contracts.language import Text
from libs.contracts.programme import (
    AssistanceFigures,
    BodyFigures,
    LastTold,
    LateStep,
    PeriodFigures,
    ProgrammeFigures,
    Recount,
    ReminderView,
    Rung,
)
from libs.contracts.snapshots import SnapshotWeek, SnapshotWeeks
from libs.contracts.stuck import StuckPage, StuckView
from tests.libs.pages.running import Play
from tests.services.desk.bodies.scenes import LATE, step
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in, refused

AT = datetime(2026, 6, 30, 4, tzinfo=UTC)
SATURDAY = date(2026, 6, 27)
STUCK = StuckPage(
    at=AT,
    items=[
        StuckView(
            body="minland",
            name=LATE.name,
            kind="step_overdue",
            since=date(2026, 6, 10),
            step="list",
            public_service_id=None,
            public_service=None,
            post="Joint Secretary",
            vendor=None,
            told=LastTold(body="minland", rung="secretary", told="Secretary", mailed_at=AT),
        ),
        StuckView(
            body="mopa",
            name=Text(bn="জনপ্রশাসন", en="Public Administration"),
            kind="not_decided",
            since=None,
            step=None,
            public_service_id="S001",
            public_service=Text(bn="সেবা", en="Service"),
            post=None,
            vendor=None,
            told=None,
        ),
    ],
)
WEEK = SnapshotWeek(
    week_begins=date(2026, 6, 21), week_ends=SATURDAY, taken_at=AT, is_recounted=False
)


def period(days: int, **more: Any) -> PeriodFigures:
    """Figures of a period; nothing was decided or rated unless told otherwise."""
    fields: dict[str, Any] = dict.fromkeys(PeriodFigures.model_fields, 0)
    return PeriodFigures(**{**fields, "days": days, "median_days": None, **more})


FOUND = ProgrammeFigures(
    at=AT,
    counted_since=date(2026, 6, 1),
    bodies=BodyFigures(
        owing=53,
        listed=34,
        overdue=1,
        not_asked=19,
        target_reached=2,
        services=81,
        online=12,
        connected=9,
        live=7,
    ),
    periods=[
        period(1, submitted=4),
        period(7, submitted=1_200, in_time=9, late=3, median_days=5),
        period(30, submitted=12_345, in_time=30, late=10, median_days=6, rated=8, rated_well=6),
    ],
    most_overdue=[LATE],
    told=[LastTold(body="minland", rung="secretary", told="Secretary", mailed_at=AT)],
)


def playing(found: ProgrammeFigures = FOUND) -> Play:
    """The API with the figures."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path in {"/v1/programme/figures", f"/v1/programme/figures/weeks/{SATURDAY}"}:
            return answer(found.model_dump_json())
        if request.path == "/v1/programme/stuck":
            return answer(STUCK.model_dump_json())
        if request.path == "/v1/programme/figures/weeks":
            return answer(SnapshotWeeks(items=[WEEK]).model_dump_json())
        return await play(request)

    return answering


async def test_each_figure_says_of_what_it_is_and_when(unused_tcp_port: int) -> None:
    """What is not known says so, and is no zero."""
    async with desk(playing(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/leadership")
        for words in (
            "34 / 53",
            "7 / 81",
            "not asked yet: 19",
            "12,345",
            "75%",
            "late by 14 working days at least",
            "applications are counted since 1 June 2026",
            "What is not known yet",
        ):
            assert words in page.text
        # With help at centres, and the heading of what is not counted.
        assert page.text.count("not known") == 7


async def test_who_was_told_and_what_is_lost_is_said(unused_tcp_port: int) -> None:
    """With the day of the count."""
    recount = Recount(lost=0, counted_twice=0, days=4, counted_at=AT)
    found = FOUND.model_copy(update={"recount": recount})
    async with desk(playing(found), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/leadership")
    for words in ("lost: 0, counted on", "10 working days after, to the secretary"):
        assert words in page.text


def reminder(rung: Rung, **more: Any) -> ReminderView:
    """A reminder of a list that was not sent, unless told otherwise."""
    fields: dict[str, Any] = {"mailed_at": None, "told": None, "ended": False, **more}
    due_on = date(2026, 6, 10)
    return ReminderView(step="list", due_on=due_on, rung=rung, planned_at=AT, **fields)


async def test_each_late_step_says_who_was_told_or_why_nobody(unused_tcp_port: int) -> None:
    """To whom a reminder was due whose address is not known; and why lateness is at least so."""
    said = [
        reminder("chief_adviser"),
        reminder("secretary", told="Additional Secretary", mailed_at=AT),
        reminder("late", told="Deputy Secretary"),
    ]
    point = step(date(2026, 6, 14)).model_copy(update={"step": "focal_point"})
    late = [
        LateStep(body="minland", step=step(date(2026, 6, 10)), reminders=said),
        LateStep(body="minland", step=point, reminders=[]),
    ]
    found = FOUND.model_copy(update={"late": late, "told": []})
    async with desk(playing(found), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/leadership")
    text = " ".join(page.text.split())
    for words in (
        "to the Chief Adviser's Office: no address is known, so it was not sent",
        "to the secretary: Additional Secretary , mailed on 30 June 2026",
        "2 working days after: Deputy Secretary , not sent yet",
        "Focal point 14 June 2026",
        "nobody: there is no reminder yet",
        "days of a year whose list of holidays is not published are not counted",
    ):
        assert words in text
    assert text.count("not published are not counted") == 1


async def test_tables_are_stacked_on_a_narrow_screen(unused_tcp_port: int) -> None:
    """Each cell says then what it is."""
    async with desk(playing(), unused_tcp_port) as scene:
        await log_in(scene)
        for path, names in (
            ("/en/leadership", ("It was due on", "How late", "Who was told")),
            ("/en/leadership/stuck", ("Where", "Since", "With whom")),
        ):
            page = await scene.browser.open(path)
            assert '<table class="stack">' in page.html
            assert all(f'data-name="{name}"' in page.html for name in names)


async def test_what_help_costs_is_said_with_its_first_day(unused_tcp_port: int) -> None:
    """For each period; a cost that is not known says so."""
    helped = [
        AssistanceFigures(
            days=days, sent=sent, not_sent=4, median_cost_bdt=cost, cost_unknown=1,
            median_charge_bdt=30, complaints=6, overcharged=2, overcharged_per_10000=share,
        )
        for days, sent, cost, share in ((1, 0, None, None), (7, 900, 131, 23), (30, 1_800, 132, 12))
    ]  # fmt: skip
    since = date(2026, 6, 3)
    found = FOUND.model_copy(update={"assistance": helped, "assistance_since": since})
    async with desk(playing(found), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/leadership")
    text = " ".join(page.text.split())
    for words in (
        "Counted since 3 June 2026",
        "Sent 0 900 1,800",
        "counts as the dearest not known 131 132",
        "no known kind not known 23 12",
    ):
        assert words in text


async def test_a_week_is_kept_as_it_was(unused_tcp_port: int) -> None:
    """With its day, and what was not counted again says so."""
    async with desk(playing(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/leadership/weeks")
        assert "applications were not counted again" in page.text
        assert f"/en/leadership/weeks/{SATURDAY}" in page.links
        page = await scene.browser.open(f"/en/leadership/weeks/{SATURDAY}")
        for words in ("Where we were: 27 June 2026", "34 / 53", "does not change any more"):
            assert words in page.text
        assert f"/en/leadership/file?week={SATURDAY}" in page.links


async def test_a_file_to_send_needs_nothing_else(unused_tcp_port: int) -> None:
    """No login, no address, no style and no script of ours; it has the same figures."""
    async with desk(playing(), unused_tcp_port) as scene:
        await log_in(scene)
        for path in ("/en/leadership/file", f"/en/leadership/file?week={SATURDAY}"):
            cookie = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
            async with scene.http.get(scene.url + path, headers={"cookie": cookie}) as reply:
                html = await reply.text()
                assert reply.headers["content-disposition"].startswith("attachment")
            for words in ("34 / 53", "12,345", "late by 14 working days at least", "Secretary"):
                assert words in html
            for needed in ("<a ", "<script", "<link", "<form", "http:", "src="):
                assert needed not in html


async def test_each_figure_of_bodies_opens_what_is_behind_it(unused_tcp_port: int) -> None:
    """The bodies that it counts, and from there their facts."""
    async with desk(playing(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/leadership")
    shown = {link.partition("show=")[2] for link in page.links if "show=" in link}
    assert shown == {"listed", "overdue", "not_asked", "league", "reached"}
    assert "/en/programme/bodies/minland" in page.links


async def test_what_is_stuck_says_where_since_when_and_with_whom(unused_tcp_port: int) -> None:
    """And what is not known; one kind can be chosen."""
    async with desk(playing(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/leadership/stuck")
        for words in ("10 June 2026", "Joint Secretary", "told: Secretary", "not known"):
            assert words in page.text
        page = await scene.browser.open("/en/leadership/stuck?kind=not_decided")
        assert "nobody answers for it" in page.text
        assert "Joint Secretary" not in page.text


@pytest.mark.parametrize("role", ["programme", "leadership"])
@pytest.mark.parametrize("is_taken", [True, False])
async def test_bodies_where_nobody_answers_grievances_lead_to_where_an_officer_is_made(
    unused_tcp_port: int, role: str, *, is_taken: bool
) -> None:
    """Whoever may make the office has a link; where no grievance is taken nothing is said."""
    named = {"lgd": Text(bn="স্থানীয় সরকার বিভাগ", en="Local Government Division")}
    found = STUCK.model_copy(update={"without_grievance_officer": named})

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case "/v1/programme/stuck":
                return answer(found.model_dump_json())
            case "/v1/services/G001" if not is_taken:
                return refused("public_service_not_found")
            case "/v1/staff/login":
                logged_in = json.loads((await play(request)).text or "")
                return answer(json.dumps({**logged_in, "roles": [role]}))
            case _:
                return await play(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/leadership/stuck")
        other = await scene.browser.open("/en/leadership/stuck?kind=not_decided")
    assert ("Local Government Division" in page.text) is is_taken
    link = "/en/programme/offices/new?grievances=lgd"
    assert (link in page.links) is (is_taken and role == "programme")
    assert "Local Government Division" not in other.text
