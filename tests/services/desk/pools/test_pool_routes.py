"""Two officers rank cases on pages, against an API that is played."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.language import Text
from libs.contracts.pools import (
    PoolCase,
    PoolFact,
    PoolListLine,
    PoolOfOffice,
    Pools,
    RankedPool,
)
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer
from tests.services.desk.running import desk, log_in, refused

AT = datetime(2026, 11, 27, 6, tzinfo=UTC)
LIST = UUID(int=7)
PAGE = f"/pools/{LIST}"
API = "/v1/cases/pools"
ALLOWANCE = Text(bn="বয়স্ক ভাতা", en="Old-age allowance")
STEP = Text(bn="অগ্রাধিকার তালিকা", en="Ranking")
GROUP = {"duty": "union_committee", "workflow": "S055@1", "step": "rank", "group": "U2393"}


def case(number: int, result: str, **fields: Any) -> PoolCase:
    """A case with its facts."""
    age = PoolFact(fact="age_years", name=Text(bn="বয়স, বছর", en="Age in years"), value=76)
    sent = PoolFact(fact="submitted_at", name=None, value="2026-11-27T06:00:00Z", moment=AT)
    landless = PoolFact(fact="form.landless", name=None, value=True)
    return PoolCase.model_validate(
        {
            "case_id": UUID(int=number),
            "tracking_number": f"NS-{number}",
            "place": number,
            "result": result,
            "by_choice": False,
            "tie_reason": None,
            "facts": [age, sent, landless],
            "left": False,
            **fields,
        }
    )


def drawn(**fields: Any) -> RankedPool:
    """A list of three cases with two places."""
    return RankedPool.model_validate(
        {
            "list_id": LIST,
            "state": "drawn",
            "duty_name": None,
            "workflow_name": ALLOWANCE,
            "step_name": STEP,
            "group": "U2393",
            "quota": 2,
            "order": "order 7",
            "drawn_at": AT,
            "drawn_by_me": False,
            "confirmed_at": None,
            "ended_at": None,
            "expected": 1143,
            "selected": 2,
            "waiting": 1141,
            "places": 0,
            "done": 0,
            "left": 0,
            "tied": [],
            "cases": [case(1, "selected"), case(2, "selected"), case(3, "waiting", facts=None)],
            **fields,
        }
    )


class Cases:
    """The API as the pages find it."""

    def __init__(self, shown: RankedPool, *, problem: str = "") -> None:
        self.shown = shown
        self.problem = problem
        self.sent: list[tuple[str, Any]] = []

    def play(self) -> Play:
        """Return the API."""
        pools = Pools(
            items=[
                PoolOfOffice(
                    **GROUP, duty_name=None, workflow_name=ALLOWANCE, step_name=STEP, waiting=1143
                )
            ],
            unreadable=["NS-DAMAGED"],
            lists=[
                PoolListLine(
                    list_id=LIST,
                    workflow_name=ALLOWANCE,
                    group="U2393",
                    quota=2,
                    state="drawn",
                    drawn_at=AT,
                )
            ],
        )

        async def play(request: web.BaseRequest) -> web.StreamResponse:
            text = (await request.read()).decode()
            if request.path == "/v1/staff/login":
                tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
                return web.json_response({**tokens, "device_token": "d", "roles": ["officer"]})
            if request.path == API and request.method == "GET":
                return answer(pools.model_dump_json())
            if request.method == "POST":
                self.sent.append((request.path.removeprefix(API), json.loads(text or "null")))
                if self.problem:
                    return refused(self.problem)
            return answer(self.shown.model_dump_json())

        return play


async def test_one_makes_the_list_and_another_confirms_it_with_the_number(
    unused_tcp_port: int,
) -> None:
    """By links and forms from the groups that wait; facts and results are shown."""
    cases = Cases(drawn())
    async with desk(cases.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/pools")
        assert PAGE in page.links
        for shown in ("১,১৪৩", "NS-DAMAGED", "U2393"):
            assert shown in page.text, shown
        link = next(link for link in page.links if link.startswith("/pools/draw"))
        page = await scene.browser.open(link)
        typed = {"quota": "২", "order": "order 7"}
        page = await scene.browser.send(page, page.form("quota"), typed)
        assert page.path == PAGE
        for shown in ("NS-1", "৭৬", "হ্যাঁ", "নির্বাচিত", "অপেক্ষমাণ", "তথ্য পড়া যাচ্ছে না"):
            assert shown in page.text, shown
        form = page.form("expected")
        assert "1143" not in form.fields.values()  # whoever types it has looked
        await scene.browser.send(page, form, {"action": "confirm", "expected": "১১৪৩"})
        cancel = next(form for form in page.forms if form.buttons.get("action") == ["cancel"])
        await scene.browser.send(page, cancel, {"action": "cancel", "reason": "a new order"})
    assert cases.sent == [
        ("", {**GROUP, "quota": 2, "order": "order 7"}),
        (f"/{LIST}/confirmation", {"expected": 1143}),
        (f"/{LIST}/cancellation", {"reason": "a new order"}),
    ]


async def test_whoever_made_it_decides_a_tie_and_does_not_confirm(unused_tcp_port: int) -> None:
    """The number is asked of another officer only."""
    tied = [case(2, "tied"), case(3, "tied")]
    cases = Cases(drawn(drawn_by_me=True, tied=tied, places=1, selected=1, waiting=1140))
    async with desk(cases.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        assert all("expected" not in form.fields for form in page.forms)
        form = page.form("reason")
        await scene.browser.send(
            page, form, {"action": "tie", f"case-{UUID(int=3)}": "yes", "reason": "lots, 3 March"}
        )
        cases.shown = drawn(tied=tied, places=1)
        other = await scene.browser.open(PAGE)
        assert [form for form in other.forms if form.buttons.get("action") == ["tie"]] == []
    assert cases.sent == [
        (f"/{LIST}/tie", {"case_ids": [str(UUID(int=3))], "reason": "lots, 3 March"})
    ]


@pytest.mark.parametrize("problem", ["second_person_needed", "count_differs", "pool_changed"])
async def test_a_refusal_is_shown_on_the_page(unused_tcp_port: int, problem: str) -> None:
    """With the list; also where no number was typed, and where the list cannot be made."""
    cases = Cases(drawn(), problem=problem)
    async with desk(cases.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        shown = await scene.browser.send(
            page, page.form("expected"), {"action": "confirm", "expected": "many"}
        )
        assert shown.status in {403, 409, 422}
        assert "একটি সমস্যা হয়েছে" in shown.text
        shown.form("expected")
        link = next(
            link
            for link in (await scene.browser.open("/pools")).links
            if link.startswith("/pools/draw")
        )
        page = await scene.browser.open(link)
        again = await scene.browser.send(page, page.form("quota"), {"quota": "12", "order": "x"})
        assert "একটি সমস্যা হয়েছে" in again.text
        assert again.form("quota").fields["quota"] == "12"
    assert cases.sent[0] == (f"/{LIST}/confirmation", {"expected": -1})


async def test_the_pages_are_small(unused_tcp_port: int) -> None:
    """50 kB at most with as many rows as a page has, in both languages; what came of them, too."""
    rows = [case(number, "selected") for number in range(1, 101)]
    cases = Cases(drawn(state="placing", cases=rows, next=100, done=900, left=3))
    async with desk(cases.play(), unused_tcp_port) as scene:
        await log_in(scene)
        for path in ("/pools", PAGE, f"/en{PAGE}", "/en/pools"):
            page = await scene.browser.open(path)
            assert page.status == 200, path
            assert len(page.html.encode()) < 50_000, path
        page = await scene.browser.open(f"/en{PAGE}")
        assert "Done: 900 of 1,143" in page.text
        assert f"/en{PAGE}?after=100" in page.links
