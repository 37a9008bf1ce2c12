"""Two people move open cases to a new version on pages, against an API that is played."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.language import Text
from libs.contracts.version_changes import VersionChangeList, VersionChangeView, WayView
from services.desk.staff.sessions import IDLE_S
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer
from tests.services.desk.running import desk, idle_for, log_in, refused

AT = datetime(2026, 11, 27, 6, tzinfo=UTC)
CHANGE = UUID(int=7)
PAGE = f"/version-changes/{CHANGE}"
API = "/v1/operations/version-changes"


def way(cases: int, to: str | None = "prepare") -> WayView:
    """So many cases leave the recommendation."""
    return WayView(
        from_step="confirm",
        from_name=Text(bn="সুপারিশ", en="Recommendation"),
        to_step=to,
        to_name=Text(bn="প্রস্তুতি", en="Preparation") if to else None,
        cases=cases,
    )


def change(state: str = "counted", **fields: Any) -> VersionChangeView:
    """A change of 1,200 cases."""
    return VersionChangeView.model_validate(
        {
            "change_id": CHANGE,
            "workflow_version": "S005@2",
            "workflow_name": Text(bn="নাগরিকত্ব সনদ", en="Citizenship certificate"),
            "from_version": 1,
            "state": state,
            "planned_at": AT,
            "planned_by": "staff:salma",
            "reason": "circular of 18 February 2025",
            "started_at": None,
            "started_by": None,
            "ended_at": None,
            "planned": [way(1100), way(100, None)],
            "expected": 1200,
            "done": [],
            **fields,
        }
    )


class Cases:
    """The API as the pages find it."""

    def __init__(self, shown: VersionChangeView, *, problem: str = "") -> None:
        self.shown = shown
        self.problem = problem
        self.sent: list[tuple[str, Any]] = []

    def play(self) -> Play:
        """Return the API."""

        async def play(request: web.BaseRequest) -> web.StreamResponse:
            text = (await request.read()).decode()
            if request.path == "/v1/staff/login":
                tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
                return web.json_response({**tokens, "device_token": "d", "roles": ["operator"]})
            if request.path == API and request.method == "GET":
                return answer(VersionChangeList(items=[self.shown] * 25).model_dump_json())
            if request.method == "POST":
                self.sent.append((request.path.removeprefix(API), json.loads(text or "null")))
            if self.problem and request.method == "POST":
                return refused(self.problem)
            return answer(self.shown.model_dump_json())

        return play


async def test_one_lets_cases_be_counted_and_another_starts_with_the_number(
    unused_tcp_port: int,
) -> None:
    """By links and forms from the list; the counts are shown step by step."""
    cases = Cases(change())
    async with desk(cases.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/version-changes?version=S005@2")
        assert PAGE in page.links
        form = page.form("version")
        assert form.fields["version"] == "S005@2"
        page = await scene.browser.send(page, form, {"reason": "circular"})
        assert page.path == PAGE
        for shown in ("১,২০০", "সুপারিশ", "প্রস্তুতি", "১,১০০", "আগের সংস্করণেই থাকে"):
            assert shown in page.text, shown
        start = page.form("expected")
        assert "1200" not in start.fields.values()  # whoever types it has looked
        await scene.browser.send(page, start, {"action": "start", "expected": "১২০০"})
        cancel = next(form for form in page.forms if form.buttons.get("action") == ["cancel"])
        await scene.browser.send(page, cancel, {"action": "cancel"})
    assert cases.sent == [
        ("", {"workflow_version": "S005@2", "reason": "circular"}),
        (f"/{CHANGE}/start", {"expected": 1200}),
        (f"/{CHANGE}/cancellation", None),
    ]


@pytest.mark.parametrize(
    "problem", ["second_person_needed", "version_change_count_differs", "version_holds_later"]
)
async def test_a_refusal_is_shown_on_the_page(unused_tcp_port: int, problem: str) -> None:
    """With the counts, and what can be done still; also where no number was typed."""
    cases = Cases(change(), problem=problem)
    async with desk(cases.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        shown = await scene.browser.send(
            page, page.form("expected"), {"action": "start", "expected": "many"}
        )
        assert shown.status in {403, 409}
        assert "একটি সমস্যা হয়েছে" in shown.text
        shown.form("expected")
        listed = await scene.browser.open("/version-changes")
        again = await scene.browser.send(listed, listed.form("version"), {"version": "s005@2"})
        assert "একটি সমস্যা হয়েছে" in again.text
        assert again.form("version").fields["version"] == "s005@2"
    assert cases.sent[0] == (f"/{CHANGE}/start", {"expected": -1})


async def test_the_page_of_a_change_says_how_far_it_has_come(unused_tcp_port: int) -> None:
    """Its part asks again while something goes on, and not when it has ended."""
    under_way = change("moving", started_at=AT, started_by="staff:rana", done=[way(300)])
    cases = Cases(under_way)
    async with desk(cases.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        assert "হয়েছে: ৩০০টি, মোট ১,২০০" in page.text
        assert f'data-live="{PAGE}/progress"' in page.html
        part = await scene.browser.open(f"{PAGE}/progress")
        assert "মোট ১,২০০" in part.text
        assert len(part.html) < len(page.html) / 2
        cases.shown = change(
            "moved", started_at=AT, started_by="staff:rana", ended_at=AT, done=[way(1100)]
        )
        for path in (f"{PAGE}/progress", PAGE):
            assert "data-live" not in (await scene.browser.open(path)).html


async def test_what_asks_again_by_itself_keeps_nobody_logged_in(unused_tcp_port: int) -> None:
    """After the time without activity it says that nothing is known, and so it does without a
    login, or when the API does not answer."""
    cases = Cases(change("moving", started_at=AT, started_by="staff:rana"))
    async with desk(cases.play(), unused_tcp_port) as scene:
        assert "এখন জানা যাচ্ছে না" in (await scene.browser.open(f"{PAGE}/progress")).text
        await log_in(scene)
        idle_for(scene, IDLE_S / 2)
        for _ in range(2):
            part = await scene.browser.open(f"{PAGE}/progress")
            assert "মোট ১,২০০" in part.text
        idle_for(scene, IDLE_S / 2 + timedelta(seconds=1).total_seconds())
        assert "এখন জানা যাচ্ছে না" in (await scene.browser.open(f"{PAGE}/progress")).text
        assert (await scene.browser.open(PAGE)).path == "/login"


async def test_the_pages_are_small(unused_tcp_port: int) -> None:
    """50 kB at most, with as many steps as the largest workflow has, in both languages."""
    cases = Cases(change(planned=[way(9)] * 60, done=[way(9)] * 60))
    async with desk(cases.play(), unused_tcp_port) as scene:
        await log_in(scene)
        for path in ("/version-changes", PAGE, f"/en{PAGE}", "/en/version-changes"):
            page = await scene.browser.open(path)
            assert page.status == 200, path
            assert len(page.html.encode()) < 50_000, path
