"""Many cases at once: counted, typed by a person, and those that were left are named."""

import json
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.cases import (
    MOST_AT_ONCE,
    BulkCase,
    BulkCases,
    BulkChoice,
    BulkGroup,
    BulkGroups,
    CasesActed,
    NotDone,
)
from libs.contracts.language import Text
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer
from tests.services.desk.running import desk, log_in, refused

STEP = Text(bn="সচিবের প্রস্তুতি", en="Prepared by the secretary")
FORWARD = BulkChoice(action="forward", name=Text(bn="অগ্রায়ন করুন", en="Forward"), leads_to=STEP)
PATH = "/cases/bulk/act?duty=secretary&workflow=S005%401&step=prepare&action=forward"


def case(number: int) -> BulkCase:
    """A case of the step."""
    return BulkCase(
        case_id=UUID(int=number), revision=3, tracking_number=f"NS-7K4M9-PXRT3-{number:05d}"
    )


class Office:
    """The API as the pages find it."""

    def __init__(self, cases: int = 2, *, problem: str = "", actions: int = 1) -> None:
        self.cases = [case(number) for number in range(1, cases + 1)]
        self.problem = problem
        self.acts: list[dict[str, Any]] = []
        self.group = BulkGroup(
            duty="secretary",
            workflow="S005@1",
            workflow_name=Text(bn="নাগরিকত্ব সনদ", en="Citizenship certificate"),
            step="prepare",
            step_name=STEP,
            waiting=cases,
            actions=[FORWARD] * actions,
        )

    def play(self) -> Play:
        """Return the API."""

        async def play(request: web.BaseRequest) -> web.StreamResponse:
            text = (await request.read()).decode()
            if request.path == "/v1/staff/login":
                tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
                return web.json_response({**tokens, "device_token": "d", "roles": ["officer"]})
            if request.method == "POST":
                return self._act(json.loads(text))
            answers = {
                "/v1/cases/counts": '{"items": []}',
                "/v1/cases": '{"items": []}',
                "/v1/cases/bulk": BulkGroups(items=[self.group]).model_dump_json(),
                "/v1/cases/bulk/cases": BulkCases(items=self.cases).model_dump_json(),
            }
            return answer(answers[request.path])

        return play

    def _act(self, body: dict[str, Any]) -> web.Response:
        if self.problem:
            return refused(self.problem)
        self.acts.append(body)
        changed = Text(bn="নথিটি এর মধ্যে বদলেছে", en="The case has changed meanwhile")
        left = [NotDone(case_id=UUID(int=2), reason=changed)]
        acted = CasesActed(done=len(body["cases"]) - 1, not_done=left)
        return answer(acted.model_dump_json())


async def test_an_officer_types_the_number_and_sees_what_was_left(unused_tcp_port: int) -> None:
    """From the queue, by links and one form; the cases are those that the page showed."""
    office = Office()
    async with desk(office.play(), unused_tcp_port) as scene:
        page = await log_in(scene)
        assert "/cases/bulk" in page.links
        page = await scene.browser.open("/cases/bulk")
        assert "২টি অপেক্ষায়" in page.text
        page = await scene.browser.open(PATH)
        office.cases = []  # what comes and goes meanwhile is not meant
        done = await scene.browser.send(page, page.form("count"), {"count": "২"})
        assert "১টি নথিতে হয়েছে" in done.text
        for shown in ("NS-7K4M9-PXRT3-00002", "নথিটি এর মধ্যে বদলেছে"):
            assert shown in done.text
    assert office.acts == [
        {
            "duty": "secretary",
            "workflow": "S005@1",
            "step": "prepare",
            "action": "forward",
            "count": 2,
            "cases": [{"case_id": str(UUID(int=n)), "revision": 3} for n in (1, 2)],
        }
    ]


@pytest.mark.parametrize("typed", ["", "3", "দুই"])
async def test_another_number_does_nothing(unused_tcp_port: int, typed: str) -> None:
    """The page says so, and shows the same cases again."""
    office = Office()
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PATH)
        again = await scene.browser.send(page, page.form("count"), {"count": typed})
        assert (again.status, "সংখ্যাটি লিখুন" in again.text) == (422, True)
        await scene.browser.send(again, again.form("count"), {"count": "2"})
    assert [len(body["cases"]) for body in office.acts] == [2]


async def test_what_cannot_be_chosen_leads_back(unused_tcp_port: int) -> None:
    """A step at which each case needs its own look has no button; its address leads back."""
    async with desk(Office(actions=0).play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/cases/bulk")
        assert "একটি একটি করে" in page.text
        assert (await scene.browser.open(PATH)).path == "/cases/bulk"


async def test_a_refusal_of_the_whole_is_shown(unused_tcp_port: int) -> None:
    """Such as a version that has ended meanwhile."""
    async with desk(Office(problem="action_unknown").play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PATH)
        shown = await scene.browser.send(page, page.form("count"), {"count": "2"})
        assert shown.status == 422
        assert "একটি সমস্যা হয়েছে" in shown.text


async def test_the_pages_are_small_with_as_many_cases_as_there_may_be(
    unused_tcp_port: int,
) -> None:
    """50 kB at most, in both languages."""
    async with desk(Office(MOST_AT_ONCE).play(), unused_tcp_port) as scene:
        await log_in(scene)
        for path in ("/cases/bulk", PATH, f"/en{PATH}"):
            page = await scene.browser.open(path)
            assert page.status == 200
            assert len(page.html.encode()) < 50_000
