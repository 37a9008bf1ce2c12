"""Operators move open applications on a page, against an API that is played."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.moves import ChangeView, MoveList, MoveState, MoveView
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer
from tests.services.desk.running import desk, log_in, refused

AT = datetime(2026, 11, 27, 6, tzinfo=UTC)
MOVE = UUID(int=7)
API = "/v1/operations/moves"


def move(state: MoveState = "counted", **fields: Any) -> MoveView:
    """A move of 1,200 applications from one zone to another."""
    way = ChangeView(
        from_ministry="lgd",
        from_office="dncc-zone-3",
        to_ministry="lgd",
        to_office="dncc-zone-6",
        applications=1_200,
    )
    return MoveView(
        **{
            "move_id": MOVE,
            "public_service_id": "S010",
            "on_day": date(2027, 1, 1),
            "state": state,
            "planned_at": AT,
            "planned_by": "staff:salma",
            "reason": "order of 18 December",
            "started_at": None,
            "started_by": None,
            "ended_at": None,
            "planned": [way],
            "done": [],
            **fields,
        }
    )


class Applications:
    """The API as the page finds it."""

    def __init__(self, *shown: MoveView, problem: str = "") -> None:
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
                return answer(MoveList(items=list(self.shown)).model_dump_json())
            if request.path.startswith(API) and request.method == "POST":
                self.sent.append((request.path.removeprefix(API), json.loads(text or "null")))
                return refused(self.problem) if self.problem else answer(move().model_dump_json())
            return refused("unavailable")

        return play


async def test_a_move_is_counted_started_with_its_number_and_cancelled(
    unused_tcp_port: int,
) -> None:
    """By forms of one page, with digits of either script."""
    api = Applications(move())
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/moves")
        for shown in ("Counted, not started", "dncc-zone-3", "dncc-zone-6", "1,200", "salma"):
            assert shown in page.text
        typed = {"public_service_id": "S010", "on_day": "2027-01-01", "reason": "the zones changed"}
        assert (await scene.browser.send(page, page.form("reason"), typed)).path == "/en/moves"
        page = await scene.browser.open("/moves")
        starts, cancels = (form for form in page.forms if form.action.endswith(f"/{MOVE}"))
        await scene.browser.send(page, starts, {"expected": "১২০০", "action": "start"})
        await scene.browser.send(page, cancels, {"action": "cancel"})
    assert api.sent == [
        ("", typed),
        (f"/{MOVE}/start", {"expected": 1200}),
        (f"/{MOVE}/cancellation", None),
    ]


async def test_what_is_refused_stands_at_its_field(unused_tcp_port: int) -> None:
    """Of the move that it is about; what was typed for a new one is kept."""
    api = Applications(move(), move(move_id=UUID(int=8)), problem="move_count_differs")
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/moves")
        form = next(form for form in page.forms if form.action.endswith(f"/{MOVE}"))
        wrong = await scene.browser.send(page, form, {"expected": "7", "action": "start"})
        assert wrong.status >= 400
        assert f'id="expected-{MOVE}-error"' in wrong.html
        assert f'id="expected-{UUID(int=8)}-error"' not in wrong.html
        api.problem = "public_service_unknown"
        wrong = await scene.browser.send(page, page.form("reason"), {"reason": "why so"})
        assert 'id="public_service_id-error"' in wrong.html
        assert 'value="why so"' in wrong.html
    assert api.sent[0] == (f"/{MOVE}/start", {"expected": 7})


@pytest.mark.parametrize(
    ("state", "fields", "buttons"),
    [
        ("counting", {}, ["cancel"]),
        ("counted", {}, ["start", "cancel"]),
        ("moving", {"started_at": AT, "started_by": "staff:rana"}, ["cancel"]),
        ("moved", {"started_at": AT, "started_by": "staff:rana", "ended_at": AT}, []),
        ("cancelled", {"ended_at": AT}, []),
    ],
)
async def test_only_what_can_be_done_is_offered(
    state: MoveState, fields: dict[str, Any], buttons: list[str], unused_tcp_port: int
) -> None:
    """By the state of the move."""
    api = Applications(move(state, **fields))
    async with desk(api.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/moves")
    forms = [form for form in page.forms if form.action.endswith(f"/{MOVE}")]
    assert [value for form in forms for value in form.buttons.get("action", [])] == buttons
