"""Questions: asked by a focal point, answered within 3 working days, and public by an act."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from libs.bangladesh.calendar import reference_calendar
from libs.database.pool import Database
from libs.errors import Refused
from services.programme.questions.rules import check_impersonal, is_late, late_until
from tests.services.programme.bodies.scenes import LAND, MOPA
from tests.services.programme.running import Api

OWN, ALL = "/v1/programme/own/questions", "/v1/programme/questions"
ASKED = {"question": "May the adapter send decisions once a day?"}
ANSWER = {"answer": "Yes, with the day of each decision in it."}
WORDS = {
    "question": {"bn": "সিদ্ধান্ত কি দিনে একবার পাঠানো যায়?", "en": "May decisions come daily?"},
    "answer": {"bn": "যায়, তারিখসহ।", "en": "Yes, with their days."},
}
RAHIM, KARIM = f"rahim focal_point {LAND}", f"karim focal_point {MOPA}"
MONDAY = datetime(2026, 6, 29, 4, tzinfo=UTC)


@pytest.fixture
def api(database: Database) -> Api:
    """On a Monday; the three working days after it are the next three days and Sunday's week."""
    return Api(database, now=MONDAY)


async def ask(api: Api, who: str = RAHIM, **more: Any) -> dict[str, Any]:
    answer = await api.call("POST", OWN, {**ASKED, **more}, who=who)
    assert answer.status == 201, answer.json()
    return dict(answer.json())


async def listed(api: Api, show: str) -> list[str]:
    found = (await api.call("GET", f"{ALL}?show={show}", who="emdad leadership")).json()
    return [question["question"] for question in found["items"]]


async def test_a_question_is_answered_and_the_body_sees_it(api: Api) -> None:
    """The same question twice is one; another body sees nothing of it."""
    asked = await ask(api)
    assert (await ask(api))["question_id"] == asked["question_id"]
    assert (asked["state"], asked["body"]) == ("waiting", LAND)
    path = f"{ALL}/{asked['question_id']}/answer"
    assert (await api.call("PUT", path, ANSWER)).json()["state"] == "answered"
    own = (await api.call("GET", OWN, who=RAHIM)).json()["items"]
    assert [question["answer"] for question in own] == [ANSWER["answer"]]
    assert (await api.call("GET", OWN, who=KARIM)).json()["items"] == []
    assert (await listed(api, "waiting"), await listed(api, "answered")) == (
        [],
        [own[0]["question"]],
    )


async def test_what_has_no_answer_in_three_working_days_is_on_the_list(api: Api) -> None:
    """Not on the last day, and not before a day off has passed; answered, it leaves the list."""
    asked = await ask(api)
    assert asked["due_on"] == "2026-07-02"  # Thursday
    for day, late in ((2, []), (4, []), (5, [ASKED["question"]])):  # Thursday, Saturday, Sunday
        api.now = datetime(2026, 7, day, 4, tzinfo=UTC)
        assert await listed(api, "late") == late
        assert await listed(api, "waiting") == [ASKED["question"]]
        found = (await api.call("GET", f"{ALL}/{asked['question_id']}")).json()
        assert found["state"] == ("late" if late else "waiting")
    await api.call("PUT", f"{ALL}/{asked['question_id']}/answer", ANSWER)
    assert await listed(api, "late") == []


async def test_an_answer_is_public_by_an_act_and_without_who_asked(api: Api) -> None:
    """Not before it is answered; in words of its own; and it can be taken back."""
    path = f"{ALL}/{(await ask(api))['question_id']}"
    early = await api.call("PUT", f"{path}/publication", WORDS)
    assert (early.status, early.json()["type"]) == (409, "/problems/question_not_answered")
    await api.call("PUT", f"{path}/answer", ANSWER)
    assert (await api.call("GET", "/v1/questions", who="")).json()["items"] == []
    half = {**WORDS, "answer": {"bn": "যায়।", "en": " "}}
    refused = (await api.call("PUT", f"{path}/publication", half)).json()
    assert (refused["type"], refused["errors"][0]["pointer"]) == (
        "/problems/text_missing",
        "/answer/en",
    )
    assert (await api.call("PUT", f"{path}/publication", WORDS)).json()["state"] == "public"
    (public,) = (await api.call("GET", "/v1/questions", who="")).json()["items"]
    assert (public["question"], public["answer"]) == (WORDS["question"], WORDS["answer"])
    assert LAND not in str(public)
    assert ASKED["question"] not in str(public)
    await api.call("DELETE", f"{path}/publication")
    assert (await api.call("GET", "/v1/questions", who="")).json()["items"] == []
    own = (await api.call("GET", OWN, who=RAHIM)).json()["items"]
    assert [question["state"] for question in own] == ["answered"]


async def test_lists_go_on_behind_their_mark(api: Api) -> None:
    """What waits is listed the oldest first, the own and the public ones the newest first."""
    texts = [f"Question number {number} about adapters?" for number in range(3)]
    for text in texts:
        await ask(api, question=text)
    first = (await api.call("GET", f"{ALL}?limit=2")).json()
    rest = (await api.call("GET", f"{ALL}?limit=2&after={first['next']}")).json()
    found = [question["question"] for question in [*first["items"], *rest["items"]]]
    assert (found, rest["next"]) == (texts, None)
    first = (await api.call("GET", f"{OWN}?limit=2", who=RAHIM)).json()
    rest = (await api.call("GET", f"{OWN}?limit=2&after={first['next']}", who=RAHIM)).json()
    found = [question["question"] for question in [*first["items"], *rest["items"]]]
    assert found == texts[::-1]


@pytest.mark.parametrize(
    "text",
    [
        "Ask Rahima at rahima@example.gov.bd please",
        "Her number is 01712-345678, please call",
        "তাঁর পরিচয়পত্র ১৯৯০ ১২৩৪ ৫৬৭৮ ৯০, কী করব?",
    ],
)
async def test_a_person_stays_out(api: Api, text: str) -> None:
    """Neither a question nor an answer has an address or a number of a person."""
    refused = await api.call("POST", OWN, {"question": text}, who=RAHIM)
    assert (refused.status, refused.json()["type"]) == (422, "/problems/question_names_person")
    path = f"{ALL}/{(await ask(api))['question_id']}"
    assert (await api.call("PUT", f"{path}/answer", {"answer": text})).status == 422
    await api.call("PUT", f"{path}/answer", ANSWER)
    words = {**WORDS, "question": {"bn": text, "en": text}}
    assert (await api.call("PUT", f"{path}/publication", words)).status == 422


def test_letters_and_days_are_no_people() -> None:
    """Their numbers may stand in a question."""
    check_impersonal("Letter 03.00.0000.001.22 of 22-06-2026: 2,500 applications?", "/question")
    with pytest.raises(Refused):
        check_impersonal("1234567890", "/question")


def test_in_a_year_without_holidays_nothing_is_late() -> None:
    """Nobody knows its working days; the list has nothing of it."""
    assert not is_late(date(2040, 1, 1), date(2040, 3, 1), reference_calendar())
    assert late_until(date(2040, 3, 1), reference_calendar()) == date.min


async def test_what_is_not_there_is_said(api: Api) -> None:
    """An id that nobody has."""
    path = f"{ALL}/01900000-0000-7000-8000-000000000000"
    for method, rest, body in (
        ("GET", "", None),
        ("PUT", "/answer", ANSWER),
        ("PUT", "/publication", WORDS),
        ("DELETE", "/publication", None),
    ):
        assert (await api.call(method, path + rest, body)).status == 404
