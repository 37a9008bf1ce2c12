"""Sessions, seats, tests, and who is qualified."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.programme import QualificationChanged, QualificationNeeded
from libs.database.pool import Database
from services.programme.training import queries, use_cases
from services.programme.training.courses import courses, find_version
from services.programme.training.rules import questions_of
from tests.services.identity.running import announced
from tests.services.programme.running import NOW, Api, account_of

SESSIONS = "/v1/training/sessions"
RAHIM = "rahim uddokta"
TRAINER = "karim programme"
WANTED = {
    "course": "cyber_security",
    "audience": "uddokta",
    "day": "2026-06-30",
    "place": "Savar upazila hall",
    "district": "3026",
    "trainer_id": str(account_of("karim")),
    "seats": 2,
}
HOLDER = {"holder_id": str(account_of("rahim"))}


@pytest.fixture
def api(database: Database) -> Api:
    return Api(database)


async def set_session(api: Api, **more: Any) -> str:
    answer = await api.call("POST", SESSIONS, {**WANTED, **more})
    assert answer.status == 201, answer.json()
    return f"{SESSIONS}/{answer.json()['session_id']}"


def right_answers(test: dict[str, Any], wrong: int = 0) -> list[int]:
    """The places of the right answers; the first ones wrong."""
    course = courses()["cyber_security"]
    right = {question.text.en: question.options[0].en for question in course.questions}
    places = []
    for place, question in enumerate(test["questions"]):
        said = [option["en"] for option in question["options"]]
        is_right = said.index(right[question["text"]["en"]])
        places.append((is_right + 1) % len(said) if place < wrong else is_right)
    return places


async def pass_through(api: Api, session: str, *, wrong: int = 0) -> dict[str, Any]:
    """Rahim has taken a seat, come, and answered."""
    assert (await api.call("POST", f"{session}/seat", who=RAHIM)).status == 200
    assert (await api.call("POST", f"{session}/attendance", HOLDER, who=TRAINER)).status == 200
    test = (await api.call("POST", f"{session}/tests", HOLDER, who=TRAINER)).json()
    path = f"/v1/training/tests/{test['test_id']}/answers"
    answer = await api.call("POST", path, {"answers": right_answers(test, wrong)}, who=TRAINER)
    assert answer.status == 200, answer.json()
    return dict(answer.json())


async def test_who_passes_gets_a_number_that_everybody_can_check(api: Api) -> None:
    """16 of 20 are enough; the number says what it is for and until when, and no name."""
    result = await pass_through(api, await set_session(api), wrong=4)
    assert (len(result["questions"]), result["right_answers"]) == (20, 16)
    number = result["number"]
    checked = (await api.call("GET", f"/v1/qualifications/{number.lower()}", who="")).json()
    assert checked == {
        "number": number,
        "course": "cyber_security",
        "course_name": {"bn": "সাইবার নিরাপত্তা", "en": "Cyber security"},
        "audience": "uddokta",
        "valid_from": "2026-06-30",
        "valid_until": "2028-06-29",
        "holds": True,
    }
    (event,) = [e for e in await announced(api.database) if isinstance(e, QualificationChanged)]
    assert event.holder_id == account_of("rahim")
    assert (str(event.qualified_until), event.number) == ("2028-06-29", number)
    own = (await api.call("GET", "/v1/training/own", who=RAHIM)).json()
    assert [(held["number"], held["warns"]) for held in own["qualifications"]] == [(number, None)]


async def test_who_does_not_pass_gets_none(api: Api) -> None:
    """15 of 20; the result stays, and another session is open to the person."""
    session = await set_session(api)
    result = await pass_through(api, session, wrong=5)
    assert (result["right_answers"], result["number"]) == (15, None)
    assert await announced(api.database) == []
    path = f"/v1/training/tests/{result['test_id']}/answers"
    again = await api.call("POST", path, {"answers": right_answers(result)}, who=TRAINER)
    assert (again.status, again.json()["type"]) == (409, "/problems/test_recorded_before")
    reopened = (await api.call("POST", f"{session}/tests", HOLDER, who=TRAINER)).json()
    assert reopened["test_id"] == result["test_id"]
    assert (await pass_through(api, await set_session(api, place="Dhaka"), wrong=0))["number"]


async def test_a_test_is_read_and_recorded_while_seats_are_taken(api: Api) -> None:
    """Nobody waits for whoever takes a seat, nor for another: a session is locked before a test."""
    session = await set_session(api)
    assert (await api.call("POST", f"{session}/seat", who=RAHIM)).status == 200
    assert (await api.call("POST", f"{session}/attendance", HOLDER, who=TRAINER)).status == 200
    test = (await api.call("POST", f"{session}/tests", HOLDER, who=TRAINER)).json()
    test_id, session_id = UUID(test["test_id"]), UUID(test["session_id"])
    async with api.database.transaction() as holding, api.database.transaction() as tx:
        await queries.lock_session(holding, session_id)
        await tx.execute("SET LOCAL lock_timeout = '100ms'")
        assert len((await use_cases.read_session(tx, session_id)).seats) == 1
        assert (await use_cases.read_test(tx, test_id)).right_answers is None
        answers = right_answers(test)
        recorded = await use_cases.record_answers(tx, test_id, answers, account_of("karim"), NOW)
        assert recorded.right_answers == len(answers)


async def test_nobody_records_the_own_test(api: Api) -> None:
    """Somebody may be an uddokta's colleague of the programme and take part, too."""
    session = await set_session(api)
    holder = {"holder_id": str(account_of("salma"))}
    await api.call("POST", f"{session}/seat", who="salma uddokta")
    for path in ("attendance", "tests"):
        own = await api.call("POST", f"{session}/{path}", holder, who="salma programme")
        assert (own.status, own.json()["type"]) == (403, "/problems/own_test"), path
    assert (await api.call("POST", f"{session}/attendance", holder, who=TRAINER)).status == 200
    test = (await api.call("POST", f"{session}/tests", holder, who=TRAINER)).json()
    path = f"/v1/training/tests/{test['test_id']}/answers"
    answers = {"answers": right_answers(test)}
    own = await api.call("POST", path, answers, who="salma programme")
    assert own.json()["type"] == "/problems/own_test"
    assert (await api.call("POST", path, answers, who=TRAINER)).json()["number"]


async def test_a_trainer_cannot_qualify_herself(api: Api) -> None:
    """Not in the own session, whoever records the test."""
    session = await set_session(api)
    refused = await api.call("POST", f"{session}/seat", who="karim uddokta")
    assert refused.json()["type"] == "/problems/trainer_of_session"


@pytest.mark.parametrize(
    ("more", "who", "problem"),
    [
        ({"seats": 1}, RAHIM, "session_full"),
        ({"audience": "officer"}, RAHIM, "course_of_others"),
    ],
)
async def test_seats_that_cannot_be_taken(
    api: Api, more: dict[str, Any], who: str, problem: str
) -> None:
    """A full session, and one for others."""
    session = await set_session(api, **more)
    await api.call("POST", f"{session}/seat", who="selim uddokta")
    assert (await api.call("POST", f"{session}/seat", who=who)).json()["type"].endswith(problem)


async def test_a_session_of_a_ministry_is_for_its_officers(api: Api) -> None:
    """An officer of another one, or of none, is shown none and takes no seat from them."""
    session = await set_session(api, audience="officer", ministry="lgd")
    for who in ("rahim officer mopa", "rahim officer", RAHIM):
        assert (await api.call("GET", SESSIONS, who=who)).json()["items"] == [], who
        refused = await api.call("POST", f"{session}/seat", who=who)
        assert refused.json()["type"] == "/problems/course_of_others", who
    for who in ("rahim officer lgd", TRAINER):
        assert len((await api.call("GET", SESSIONS, who=who)).json()["items"]) == 1, who
    assert (await api.call("POST", f"{session}/seat", who="rahim officer lgd")).status == 200


async def test_a_seat_is_given_back(api: Api) -> None:
    """A repeat takes it once; who has attended keeps it."""
    session = await set_session(api, seats=1)
    for _ in range(2):
        assert (await api.call("POST", f"{session}/seat", who=RAHIM)).json()["free"] == 0
    await api.call("DELETE", f"{session}/seat", who=RAHIM)
    assert (await api.call("POST", f"{session}/seat", who="selim uddokta")).status == 200
    attended = {"holder_id": str(account_of("selim"))}
    await api.call("POST", f"{session}/attendance", attended, who=TRAINER)
    await api.call("DELETE", f"{session}/seat", who="selim uddokta")
    seats = (await api.call("GET", session)).json()["seats"]
    assert [seat["attended"] for seat in seats] == [True]


async def test_nobody_attends_before_the_day_or_without_a_seat(api: Api) -> None:
    """And nobody is tested who was not there."""
    session = await set_session(api, day="2026-07-12")
    said = await api.call("POST", f"{session}/attendance", HOLDER, who=TRAINER)
    assert said.json()["type"] == "/problems/session_ahead"
    session = await set_session(api)
    said = await api.call("POST", f"{session}/attendance", HOLDER, who=TRAINER)
    assert said.json()["type"] == "/problems/seat_missing"
    await api.call("POST", f"{session}/seat", who=RAHIM)
    said = await api.call("POST", f"{session}/tests", HOLDER, who=TRAINER)
    assert said.json()["type"] == "/problems/not_attended"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"course": "cooking"}, "course_unknown"),
        ({"district": "9999"}, "district_unknown"),
        ({"day": "2026-06-29"}, "session_passed"),
    ],
)
async def test_sessions_that_cannot_be(api: Api, more: dict[str, Any], problem: str) -> None:
    """No such course, no such district, a day that has passed."""
    refused = await api.call("POST", SESSIONS, {**WANTED, **more})
    assert refused.json()["type"] == f"/problems/{problem}"


async def test_two_people_decide_that_a_course_is_needed(api: Api) -> None:
    """30 days ahead at least; it is announced with the second one."""
    path = "/v1/training/courses/cyber_security/needs"
    wanted = {"audience": "officer", "needed_from": "2026-08-01", "reason": "letter 56.00"}
    early = await api.call("POST", path, {**wanted, "needed_from": "2026-07-29"})
    assert early.json()["type"] == "/problems/need_too_soon"
    proposed = (await api.call("POST", path, wanted)).json()
    approval = f"/v1/training/needs/{proposed['act_id']}/approval"
    assert (await api.call("POST", approval)).json()["type"] == "/problems/second_person_needed"
    assert await announced(api.database) == []
    assert (await api.call("POST", approval, who=TRAINER)).json()["state"] == "approved"
    (event,) = await announced(api.database)
    assert isinstance(event, QualificationNeeded)
    assert (event.audience, str(event.needed_from)) == ("officer", "2026-08-01")
    own = (await api.call("GET", "/v1/training/own", who="karim officer")).json()
    assert [need["needed_from"] for need in own["needs"]] == ["2026-08-01"]
    rahim = (await api.call("GET", "/v1/training/own", who=RAHIM)).json()
    assert rahim["needs"] == []


async def test_a_number_that_nobody_has(api: Api) -> None:
    """Also one that is none."""
    for number in ("7K4M9-PXRT3", "nothing"):
        said = await api.call("GET", f"/v1/qualifications/{number}", who="")
        assert (said.status, said.json()["type"]) == (404, "/problems/qualification_unknown")


async def test_the_end_is_warned_of_30_and_7_days_before(api: Api) -> None:
    """Not before, and not after it."""
    await pass_through(api, await set_session(api))
    warned = {}
    last = datetime(2028, 6, 29, 4, tzinfo=UTC)
    for days in (31, 30, 8, 7, 0, -1):
        later = replace(api, now=last - timedelta(days=days))
        own = (await later.call("GET", "/v1/training/own", who=RAHIM)).json()
        (held,) = own["qualifications"]
        warned[days] = (held["warns"], held["holds"])
    assert warned == {
        31: (None, True), 30: (30, True), 8: (30, True), 7: (7, True), 0: (7, True),
        -1: (None, False),
    }  # fmt: skip


def test_a_test_draws_20_of_60_in_an_order_of_its_own() -> None:
    """The same test asks the same; another one asks others."""
    course = courses()["cyber_security"]
    first, second = [questions_of(UUID(int=number), course) for number in (1, 2)]
    assert first == questions_of(UUID(int=1), course)
    texts = {question.text.en for question in first}
    assert (len(course.questions), len(texts)) == (60, 20)
    assert texts != {question.text.en for question in second}
    assert all(len(question.options) == 3 for question in first)
    firsts = {question.options[0].en for question in first}
    assert not firsts <= {question.options[0].en for question in course.questions}


def test_now_is_the_day_of_these_tests() -> None:
    """The days above are counted from it."""
    assert NOW.date().isoformat() == "2026-06-30"


async def opened(api: Api) -> tuple[str, dict[str, Any]]:
    """A session, and Rahim's test in it."""
    session = await set_session(api)
    assert (await api.call("POST", f"{session}/seat", who=RAHIM)).status == 200
    assert (await api.call("POST", f"{session}/attendance", HOLDER, who=TRAINER)).status == 200
    return session, (await api.call("POST", f"{session}/tests", HOLDER, who=TRAINER)).json()


async def set_version(api: Api, version: int | None) -> None:
    """The course had this version when the test was opened; None for a test of before."""
    async with api.database.transaction() as tx:
        await tx.execute("UPDATE training_tests SET version = $1", version)


async def test_a_test_is_graded_by_the_version_with_which_it_began(api: Api) -> None:
    """Never by the questions of another one; it begins again where its own are gone."""
    session, test = await opened(api)
    path = f"/v1/training/tests/{test['test_id']}"
    body = {"answers": right_answers(test)}
    await set_version(api, 99)
    for method, address, sent in (("GET", path, None), ("POST", f"{path}/answers", body)):
        refused = await api.call(method, address, sent, who=TRAINER)
        assert refused.json()["type"] == "/problems/test_of_other_version"
    again = (await api.call("POST", f"{session}/tests", HOLDER, who=TRAINER)).json()
    assert again == test
    result = (await api.call("POST", f"{path}/answers", body, who=TRAINER)).json()
    assert result["right_answers"] == 20
    await set_version(api, 99)
    recorded = (await api.call("GET", path, who=TRAINER)).json()
    assert (recorded["right_answers"], recorded["questions"]) == (20, [])


async def test_a_test_of_before_has_the_version_of_its_session(api: Api) -> None:
    """A release that does not know the column opened it."""
    _, test = await opened(api)
    await set_version(api, None)
    path = f"/v1/training/tests/{test['test_id']}"
    assert (await api.call("GET", path, who=TRAINER)).json() == test


def test_versions_of_a_course_stand_beside_each_other(tmp_path: Path) -> None:
    """The newest is given; an earlier one is there for the tests that began with it."""
    first = courses()["cyber_security"]
    second = first.model_copy(update={"version": 2, "pass_mark": 18})
    for course in (second, first):
        (tmp_path / f"{course.version}.json").write_text(course.model_dump_json())
    assert courses(tmp_path) == {"cyber_security": second}
    assert find_version("cyber_security", 1, tmp_path) == first
    assert find_version("cyber_security", 3, tmp_path) is None
