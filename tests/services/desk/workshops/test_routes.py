"""Pages of workshops, against an API that is played."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from libs.contracts.workshops import (
    BodyOfWorkshop,
    NeverCame,
    NeverCameList,
    WorkshopDetails,
    WorkshopList,
    WorkshopView,
)
from tests.libs.pages.running import Play
from tests.services.desk.bodies.scenes import AT, NAME
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in, refused

ID = UUID(int=6)
WORKSHOP = WorkshopView(
    workshop_id=ID,
    topic="Connecting a system",
    day=date(2026, 6, 30),
    place="ICT Tower",
    invited=2,
    attended=1,
    minutes="Agreed: a check in July.",
    recorded_at=AT,
)
DETAILS = WorkshopDetails(
    workshop=WORKSHOP,
    bodies=[BodyOfWorkshop(body="minland", name=NAME, is_invited=True, attended=True)],
    questions=[],
)
LISTED = WorkshopList(items=[WORKSHOP])
ALL = "/v1/programme/workshops"
ANSWERS: dict[str, BaseModel] = {
    f"GET {ALL}": LISTED,
    f"POST {ALL}": DETAILS,
    f"GET {ALL}/{ID}": DETAILS,
    f"PUT {ALL}/{ID}/attendance": DETAILS,
    f"PUT {ALL}/{ID}/minutes": DETAILS,
    "GET /v1/programme/own/workshops": LISTED,
    "GET /v1/programme/never-came": NeverCameList(
        items=[NeverCame(body="mopa", name=NAME, invited=2, last_on=date(2026, 6, 30))]
    ),
}


def playing(acts: list[tuple[str, Any]], role: str = "programme") -> Play:
    """The API, at which somebody with a role logs in; a question is refused."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return web.json_response({**tokens, "device_token": "d", "roles": [role]})
        what = f"{request.method} {request.path}"
        if request.path.startswith(ALL) and request.method != "GET":
            acts.append((what, json.loads(await request.text())))
        if what == f"POST {ALL}/{ID}/questions":
            return refused("workshop_ahead")
        known = ANSWERS.get(what)
        return await play(request) if known is None else answer(known.model_dump_json())

    return answering


async def test_a_workshop_is_set_and_recorded(unused_tcp_port: int) -> None:
    """What is ticked reaches the API; what it refuses stands at its field."""
    acts: list[tuple[str, Any]] = []
    async with desk(playing(acts), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/workshops")
        assert "invited 2 times" in page.text
        form, typed = page.form("topic"), {"topic": "Lists", "day": "2026-07-12", "place": "Dhaka"}
        await scene.browser.send(page, form, typed)
        page = await scene.browser.send(page, form, {**typed, "body-mopa": "yes"})
        assert page.path == f"/en/programme/workshops/{ID}"
        came = {"action": "came", "body-mopa": "yes"}
        await scene.browser.send(page, page.form("body-minland"), came)
        minutes = {"action": "minutes", "minutes": "Agreed: nothing."}
        await scene.browser.send(page, page.form("minutes"), minutes)
        asked = {"action": "question", "body": "mopa", "question": "Once a day?"}
        page = await scene.browser.send(page, page.form("question"), asked)
        assert (page.status, "#question" in page.links) == (409, True)
    assert acts == [
        (f"POST {ALL}", typed),
        (f"POST {ALL}", {**typed, "bodies": ["mopa"]}),
        (f"PUT {ALL}/{ID}/attendance", {"bodies": ["minland", "mopa"]}),
        (f"PUT {ALL}/{ID}/minutes", {"minutes": "Agreed: nothing."}),
        (f"POST {ALL}/{ID}/questions", {"body": "mopa", "question": "Once a day?"}),
    ]


async def test_who_leads_and_bodies_only_read(unused_tcp_port: int) -> None:
    """The minutes, and who came; without a form."""
    async with desk(playing([], "leadership"), unused_tcp_port) as scene:
        await log_in(scene)
        for path in (f"/en/programme/workshops/{ID}", "/en/own/workshops"):
            page = await scene.browser.open(path)
            assert "Agreed: a check in July." in page.text
            assert "Save the minutes" not in page.text
            assert ("Invited by mail: 0 of 1" in page.text) is ("programme" in path)
        page = await scene.browser.open("/en/programme/workshops")
        assert "Set the workshop" not in page.text
