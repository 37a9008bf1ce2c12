"""Pages of a focal point, and of who is one, against an API that is played."""

import json
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from libs.contracts.programme import FocalPointList, FocalPointView, NamedPerson
from tests.libs.pages.running import Play
from tests.services.desk.bodies.scenes import AT, DETAILS, LETTER
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in

POINTS = FocalPointList(
    items=[
        FocalPointView(
            duty="focal_point",
            post="Joint Secretary",
            since=AT.date(),
            until=None,
            evidence="letter 05.00",
            person=NamedPerson(name="Rahima", mail="js@example.gov.bd", phone="+8801712345678"),
        )
    ]
)
POINTS_PATH = "/v1/programme/bodies/minland/focal-points"
ANSWERS: dict[str, BaseModel] = {
    "/v1/programme/own": DETAILS,
    "/v1/programme/own/facts": LETTER,
    "/v1/programme/bodies/minland": DETAILS,
    POINTS_PATH: POINTS,
    f"{POINTS_PATH}/end": POINTS,
}


def playing(seen: dict[str, Any]) -> Play:
    """The API; what was posted to it is kept by its path."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        found = ANSWERS.get(request.path)
        if found is None:
            return await play(request)
        if request.method == "POST":
            seen[request.path] = json.loads(await request.text())
        return answer(found.model_dump_json())

    return answering


async def test_a_focal_point_sees_what_is_due_and_records_the_list(unused_tcp_port: int) -> None:
    """The step, its day, the connection; what is typed and ticked reaches the API."""
    seen: dict[str, Any] = {}
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/own")
        for words in ("It was due on 10 June 2026", "none was set", "List of services"):
            assert words in page.text
        typed = {
            "kind": "list_received",
            "day": "2026-06-20",
            "evidence": "letter 05.00",
            "service-S001": "yes",
            "others": "Wells\n",
        }
        page = await scene.browser.send(page, page.form("evidence"), typed)
        assert "It is recorded." in page.text
        assert "It asked for: " in page.text  # what the letter says, and not only its number
    assert seen["/v1/programme/own/facts"] == {
        "kind": "list_received",
        "day": "2026-06-20",
        "evidence": "letter 05.00",
        "others": ["Wells"],
        "public_service_ids": ["S001"],
    }


async def test_the_programme_names_who_answers_for_a_body(unused_tcp_port: int) -> None:
    """With post, mail, phone and letter; and ends a duty."""
    seen: dict[str, Any] = {}
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/bodies/minland/focal-points")
        for words in ("Joint Secretary", "js@example.gov.bd", "letter 05.00"):
            assert words in page.text
        typed = {"duty": "deputy", "post": "Deputy Secretary", "day": "2026-06-20"}
        await scene.browser.send(page, page.form("post"), {**typed, "action": "name"})
        page = await scene.browser.open("/en/programme/bodies/minland/focal-points")
        await scene.browser.send(page, page.form("post"), {**typed, "action": "end"})
    assert seen == {
        POINTS_PATH: typed,
        f"{POINTS_PATH}/end": {"duty": "deputy", "day": "2026-06-20"},
    }
