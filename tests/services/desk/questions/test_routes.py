"""Pages of questions, against an API that is played."""

import json
from typing import Any
from uuid import UUID

from aiohttp import web

from libs.contracts.language import Text
from libs.contracts.questions import PublicQuestion, QuestionList, QuestionView
from tests.libs.pages.running import Play
from tests.services.desk.bodies.scenes import AT, NAME
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in, refused

ID = UUID(int=9)
QUESTION = QuestionView(
    question_id=ID,
    body="minland",
    body_name=NAME,
    asked_by="focal_point",
    question="May decisions come once a day?",
    asked_at=AT,
    due_on=AT.date(),
    state="late",
    answer=None,
    answered_at=None,
    public=None,
)
SAID = Text(bn="দিনে একবার?", en="Once a day?")
ANSWERED = QUESTION.model_copy(
    update={
        "answer": "Yes, with their days.",
        "answered_at": AT,
        "state": "public",
        "public": PublicQuestion(question_id=ID, question=SAID, answer=SAID, published_at=AT),
    }
)
OWN, ALL = "/v1/programme/own/questions", "/v1/programme/questions"


def playing(found: QuestionView, seen: dict[str, Any], problem: str | None = None) -> Play:
    """The API with one question; what reaches it is kept by method and path."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return web.json_response({**tokens, "device_token": "d", "roles": ["programme"]})
        if not request.path.startswith((OWN, ALL)):
            return await play(request)
        if request.method != "GET":
            text = await request.text()
            seen[f"{request.method} {request.path}"] = json.loads(text) if text else None
            return refused(problem) if problem else answer(found.model_dump_json())
        seen["query"] = request.query_string
        is_list = request.path in {OWN, ALL}
        shown = QuestionList(items=[found]) if is_list else found
        return answer(shown.model_dump_json())

    return answering


async def test_a_focal_point_asks_and_reads_the_answer(unused_tcp_port: int) -> None:
    """What has lines reaches the API with lines; what is wrong stands at its field."""
    seen: dict[str, Any] = {}
    async with desk(playing(ANSWERED, seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/own/questions")
        assert "Yes, with their days." in page.text
        await scene.browser.send(page, page.form("question"), {"question": "One line,\r\nanother?"})
    assert seen[f"POST {OWN}"] == {"question": "One line,\nanother?"}
    async with desk(playing(QUESTION, seen, "question_names_person"), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/own/questions")
        page = await scene.browser.send(page, page.form("question"), {"question": "01712345678"})
        assert (page.status, "post and body" in page.text) == (422, True)
        assert "01712345678" in page.html


async def test_the_programme_answers_and_publishes(unused_tcp_port: int) -> None:
    """The list says what is late; the forms have what was said before."""
    seen: dict[str, Any] = {}
    async with desk(playing(ANSWERED, seen), unused_tcp_port) as scene:
        await log_in(scene, "salma")
        page = await scene.browser.open(f"/en/programme/questions/{ID}")
        await scene.browser.send(page, page.form("answer"), {"answer": "No, at once."})
        words = {"answer_en": "At once."}
        await scene.browser.send(page, page.form("question_bn"), words)
        await scene.browser.send(page, page.form("question_bn"), {"action": "take_back"})
    assert seen[f"PUT {ALL}/{ID}/answer"] == {"answer": "No, at once."}
    assert seen[f"PUT {ALL}/{ID}/publication"] == {
        "question": {"bn": SAID.bn, "en": SAID.en},
        "answer": {"bn": SAID.bn, "en": "At once."},
    }
    assert seen[f"DELETE {ALL}/{ID}/publication"] is None


async def test_the_list_of_what_is_late(unused_tcp_port: int) -> None:
    """With its words, its body, and since when."""
    seen: dict[str, Any] = {}
    async with desk(playing(QUESTION, seen), unused_tcp_port) as scene:
        await log_in(scene, "salma")
        page = await scene.browser.open("/en/programme/questions?show=late")
        for words in ("Ministry of Land", "on the ICT Division’s list", "to be answered by"):
            assert words in page.text
        assert seen["query"] == "show=late"
