"""Pages of training, against an API that is played."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ValidationError

from libs.contracts.accounts import ACCOUNTS_AT_ONCE, AccountList, AccountView
from libs.contracts.language import Text
from libs.contracts.training import (
    CourseList,
    CourseView,
    CreateTraining,
    NeedView,
    OwnQualification,
    OwnTraining,
    QuestionView,
    SeatsPage,
    SeatsView,
    SeatView,
    TrainingDetails,
    TrainingList,
    TrainingTest,
    TrainingView,
)
from libs.web.handling.field_errors import field_errors_of
from tests.libs.pages.running import Play
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in, refused

SESSION, TEST, ACT = UUID(int=3), UUID(int=4), UUID(int=5)
KARIM, SELIM = UUID(int=6), UUID(int=7)
NEED = NeedView(
    act_id=ACT,
    audience="uddokta",
    needed_from=date(2027, 1, 1),
    reason="letter 56.00",
    proposed_by=SELIM,
    state="waiting",
)
COURSE = CourseView(
    course="cyber_security",
    version=1,
    name=Text(bn="সাইবার নিরাপত্তা", en="Cyber security"),
    audiences=["uddokta", "officer"],
    pass_mark=1,
    questions=2,
    bank=60,
    months_valid=24,
    is_illustrative=True,
    needs=[NEED],
)
VIEW = TrainingView(
    session_id=SESSION,
    course="cyber_security",
    version=1,
    audience="uddokta",
    day=date(2026, 7, 12),
    place="Savar hall",
    district="3026",
    trainer_id=KARIM,
    seats=25,
    free=24,
)
QUESTION = QuestionView(
    text=Text(bn="কাকে বলবেন?", en="Whom do you tell?"),
    options=[Text(bn="কাউকে নয়", en="Nobody"), Text(bn="সবাইকে", en="Everybody")],
)
ASKED = TrainingTest(
    test_id=TEST,
    session_id=SESSION,
    holder_id=SELIM,
    course="cyber_security",
    questions=[QUESTION, QUESTION],
    pass_mark=1,
    right_answers=None,
    number=None,
)
SEAT = SeatView(holder_id=SELIM, attended=False, test_id=None, right_answers=None, number=None)
DETAILS = TrainingDetails(session=VIEW, pass_mark=1, seats=[SEAT])
OWN = OwnTraining(
    audience="uddokta",
    qualifications=[
        OwnQualification(
            number="7K4M9-PXRT3",
            course="cyber_security",
            course_name=COURSE.name,
            audience="uddokta",
            valid_from=date(2024, 7, 1),
            valid_until=date(2026, 6, 30),
            holds=True,
            warns=30,
        )
    ],
    needs=[NEED],
    seats=[],
)
API = "/v1/training"
ACCOUNT = AccountView(staff_id=KARIM, username="karim", roles=["programme"], active=True)
HOLDER = AccountView(staff_id=SELIM, username="selim", roles=["uddokta"], active=True)
SHORT = SeatsView(
    course="cyber_security",
    audience="uddokta",
    day=date(2027, 1, 1),
    district="3026",
    ministry=None,
    name=Text(bn="ঢাকা", en="Dhaka"),
    people=120,
    needed=70,
    seats=25,
    taken=3,
)
OF_ALL = SHORT.model_copy(
    update={"audience": "officer", "district": None, "name": None, "needed": 0, "people": 0}
)
SEATS = SeatsPage(at=datetime(2026, 6, 30, 4, tzinfo=UTC), items=[SHORT, OF_ALL])
ANSWERS: Mapping[tuple[str, str], BaseModel] = {
    ("GET", f"{API}/courses"): CourseList(items=[COURSE]),
    ("GET", f"{API}/sessions"): TrainingList(items=[VIEW]),
    ("GET", f"{API}/own"): OWN,
    ("GET", "/v1/staff"): AccountList(items=[ACCOUNT, HOLDER], next=None),
    ("GET", f"{API}/sessions/{SESSION}"): DETAILS,
    ("GET", f"{API}/tests/{TEST}"): ASKED,
    ("GET", f"{API}/seats"): SEATS,
    ("PUT", f"{API}/own/mail"): OWN,
    ("POST", f"{API}/sessions"): VIEW,
    ("POST", f"{API}/courses/cyber_security/needs"): NEED,
    ("POST", f"{API}/needs/{ACT}/approval"): NEED,
    ("POST", f"{API}/needs/{ACT}/rejection"): NEED,
    ("POST", f"{API}/sessions/{SESSION}/attendance"): DETAILS,
    ("POST", f"{API}/sessions/{SESSION}/seat"): VIEW,
    ("POST", f"{API}/sessions/{SESSION}/tests"): ASKED,
    ("POST", f"{API}/tests/{TEST}/answers"): ASKED,
}


def playing(seen: list[Any]) -> Play:
    """The API; what was sent to it is kept. As the real one, it takes no number as text."""

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        found = ANSWERS.get((request.method, request.path))
        if found is None:
            return await play(request)
        if request.method != "GET":
            text = await request.text()
            seen.append((request.path, json.loads(text) if text else None))
            if request.path == f"{API}/sessions":
                try:
                    CreateTraining.model_validate_json(text, strict=True)
                except ValidationError as failure:
                    return refused("wrong_shape", field_errors_of(failure))
        return answer(found.model_dump_json())

    return answering


async def test_a_session_is_set_and_a_need_is_decided(unused_tcp_port: int) -> None:
    """The page says what a test is, and that no official has approved it."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/training")
        for words in ("2 of 60 questions", "No official has approved", "free seats: 24 / 25"):
            assert words in page.text
        typed = {
            "day": "2026-07-12",
            "place": "Savar hall",
            "district": "3026",
            "trainer_id": str(KARIM),
            "seats": "২৫",
            "course": "cyber_security",
            "audience": "uddokta",
            "ministry": "",
        }
        await scene.browser.send(page, page.form("seats"), typed)
        wrong = await scene.browser.send(page, page.form("seats"), typed | {"seats": "many"})
        assert (wrong.status, "Give a whole number." in wrong.text) == (422, True)
        assert wrong.form("seats").fields["seats"] == "many"
        need = {
            "course": "cyber_security",
            "audience": "uddokta",
            "needed_from": "2027-01-01",
            "reason": "letter 56.00",
        }
        await scene.browser.send(page, page.form("needed_from"), need)
        await scene.browser.send(page, page.form("rejection"), {"action": "approve"})
        rejected = {"action": "reject", "rejection": "too few seats"}
        await scene.browser.send(page, page.form("rejection"), rejected)
    course = need.pop("course")
    del typed["ministry"]
    assert seen == [
        (f"{API}/sessions", typed | {"seats": 25}),
        (f"{API}/sessions", typed | {"seats": None}),
        (f"{API}/courses/{course}/needs", need),
        (f"{API}/needs/{ACT}/approval", None),
        (f"{API}/needs/{ACT}/rejection", {"reason": "too few seats"}),
    ]


async def test_attendance_and_answers_are_recorded(unused_tcp_port: int) -> None:
    """An answer that is missing is said at its question, and nothing is sent."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/programme/training/sessions/{SESSION}")
        assert "selim" in page.text
        await scene.browser.send(page, page.form("holder_id"), {"action": "attended"})
        page = await scene.browser.send(page, page.form("holder_id"), {"action": "test"})
        assert "Whom do you tell?" in page.text
        page = await scene.browser.send(page, page.form("answer-0"), {"answer-0": "1"})
        assert "Question 2: Choose an answer." in page.text
        assert "Question 1: Choose" not in page.text
        answers = {"answer-0": "1", "answer-1": "0"}
        await scene.browser.send(page, page.form("answer-0"), answers)
    holder = {"holder_id": str(SELIM)}
    assert seen == [
        (f"{API}/sessions/{SESSION}/attendance", holder),
        (f"{API}/sessions/{SESSION}/tests", holder),
        (f"{API}/tests/{TEST}/answers", {"answers": [1, 0]}),
    ]


async def test_who_takes_part_sees_the_end_and_takes_a_seat(unused_tcp_port: int) -> None:
    """With the warning that is due."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/training")
        for words in ("It ends within 30 days", "7K4M9-PXRT3", "1 January 2027"):
            assert words in page.text
        await scene.browser.send(page, page.form(action=str(SESSION)), {"action": "take"})
    assert seen == [(f"{API}/sessions/{SESSION}/seat", None)]


async def test_who_takes_part_says_where_to_be_warned(unused_tcp_port: int) -> None:
    """An empty field takes the address back."""
    seen: list[Any] = []
    async with desk(playing(seen), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/training")
        for typed in ("karim@example.gov.bd", ""):
            await scene.browser.send(page, page.form("mail"), {"mail": typed})
    path = f"{API}/own/mail"
    assert seen == [(path, {"mail": "karim@example.gov.bd"}), (path, {"mail": None})]


async def test_all_trainers_are_listed_and_names_are_asked_for_together(
    unused_tcp_port: int,
) -> None:
    """Accounts come in pages; a session of a hundred seats takes two requests for its names."""
    holders = [UUID(int=100 + number) for number in range(2 * ACCOUNTS_AT_ONCE)]
    seats = [SEAT.model_copy(update={"holder_id": holder}) for holder in holders]
    full = DETAILS.model_copy(update={"seats": seats})

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"{API}/sessions/{SESSION}":
            return answer(full.model_dump_json())
        if request.path == "/v1/staff" and "ids" in request.query:
            some = [UUID(text) for text in request.query["ids"].split(",")]
            named = [
                HOLDER.model_copy(update={"staff_id": each, "username": f"n{each.int}"})
                for each in some
            ]
            return answer(AccountList(items=named).model_dump_json())
        if request.path == "/v1/staff":
            is_first = "after" not in request.query
            listed = AccountList(items=[ACCOUNT if is_first else HOLDER])
            listed = listed.model_copy(update={"next": "karim" if is_first else None})
            return answer(listed.model_dump_json())
        return await playing([])(request)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/training")
        assert all(f'value="{trainer}"' in page.html for trainer in (KARIM, SELIM))
        scene.asked.clear()
        page = await scene.browser.open(f"/en/programme/training/sessions/{SESSION}")
        assert all(f"n{holder.int}" in page.text for holder in holders)
        assert [request.path for request in scene.asked].count("/v1/staff") == 2


async def test_seats_stand_beside_need(unused_tcp_port: int) -> None:
    """By district, with the day; seats for officers of all say so."""
    async with desk(playing([]), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/training/seats")
        for words in ("Dhaka", "1 January 2027", "For officers of all"):
            assert words in page.text
        assert '<td class="n">45</td>' in page.html
        assert '<td class="n">0</td>' in page.html
