"""Workshops: who is invited, who came, what was asked, and who has never come."""

from datetime import UTC, datetime
from typing import Any

import pytest

from libs.database.pool import Database
from tests.services.programme.bodies.scenes import LAND, MOPA
from tests.services.programme.running import Api

ALL, NEVER = "/v1/programme/workshops", "/v1/programme/never-came"
WANTED = {
    "topic": "Connecting a system",
    "day": "2026-06-30",
    "place": "ICT Tower",
    "bodies": [LAND, MOPA],
}
RAHIM, EMDAD = f"rahim focal_point {LAND}", "emdad leadership"
ASKED = {"body": LAND, "question": "May decisions come daily?"}


@pytest.fixture
def api(database: Database) -> Api:
    """On the day of the workshop."""
    return Api(database)


async def create(api: Api, **more: Any) -> Any:
    return (await api.call("POST", ALL, {**WANTED, **more})).json()


async def record(api: Api, details: Any, *came: str) -> Any:
    path = f"{ALL}/{details['workshop']['workshop_id']}/attendance"
    return await api.call("PUT", path, {"bodies": came})


async def never_came(api: Api) -> list[tuple[str, int, str]]:
    found = (await api.call("GET", NEVER, who=EMDAD)).json()["items"]
    return [(each["body"], each["invited"], each["last_on"]) for each in found]


async def test_bodies_are_invited_once(api: Api) -> None:
    """Those that are named; without names all that owe a list."""
    made = await create(api)
    assert (await create(api)) == made
    assert [(each["body"], each["is_invited"]) for each in made["bodies"]] == [
        (LAND, True),
        (MOPA, True),
    ]
    everybody = await create(api, topic="What a list is", bodies=None)
    assert everybody["workshop"]["invited"] == 53
    listed = (await api.call("GET", f"{ALL}?limit=1", who=EMDAD)).json()
    rest = (await api.call("GET", f"{ALL}?after={listed['next']}", who=EMDAD)).json()
    topics = [each["topic"] for each in [*listed["items"], *rest["items"]]]
    assert topics == ["What a list is", "Connecting a system"]
    refused = await api.call("POST", ALL, {**WANTED, "bodies": ["nothing"]})
    assert refused.json()["type"] == "/problems/body_not_found"


async def test_who_came_is_recorded_and_the_last_record_counts(api: Api) -> None:
    """Also a body that came without an invitation."""
    made = await create(api, bodies=[LAND])
    assert made["workshop"]["recorded_at"] is None
    first = (await record(api, made, LAND, MOPA)).json()
    assert (first["workshop"]["invited"], first["workshop"]["attended"]) == (1, 2)
    last = (await record(api, made, MOPA)).json()
    assert [(each["body"], each["attended"]) for each in last["bodies"]] == [
        (LAND, False),
        (MOPA, True),
    ]


async def test_who_never_came_is_shown(api: Api) -> None:
    """Not where nobody has recorded who came, and not once the body has come to another one."""
    first = await create(api)
    assert await never_came(api) == []
    await record(api, first, MOPA)
    assert await never_came(api) == [(LAND, 1, "2026-06-30")]
    second = await create(api, day="2026-06-29")
    await record(api, second)
    assert await never_came(api) == [(LAND, 2, "2026-06-30")]
    await record(api, second, LAND)
    assert await never_came(api) == []


async def test_a_question_of_a_workshop_is_on_the_same_list(api: Api) -> None:
    """It is answered within 3 working days, and its body sees it."""
    made = await create(api)
    path = f"{ALL}/{made['workshop']['workshop_id']}"
    question = (await api.call("POST", f"{path}/questions", ASKED)).json()
    assert (question["asked_by"], question["due_on"]) == ("workshop", "2026-07-05")
    (waiting,) = (await api.call("GET", "/v1/programme/questions")).json()["items"]
    assert waiting["question_id"] == question["question_id"]
    (own,) = (await api.call("GET", "/v1/programme/own/questions", who=RAHIM)).json()["items"]
    assert own["question"] == ASKED["question"]
    details = (await api.call("GET", path, who=EMDAD)).json()
    assert [each["question_id"] for each in details["questions"]] == [question["question_id"]]


async def test_minutes_are_read_by_the_bodies_of_the_workshop(api: Api) -> None:
    """The last ones; another body sees nothing of it; no person is named by a number."""
    made = await create(api, bodies=[LAND])
    path = f"{ALL}/{made['workshop']['workshop_id']}/minutes"
    await api.call("PUT", path, {"minutes": "Shown: a check."})
    await api.call("PUT", path, {"minutes": "Agreed: a check in July."})
    (own,) = (await api.call("GET", "/v1/programme/own/workshops", who=RAHIM)).json()["items"]
    assert own["minutes"] == "Agreed: a check in July."
    other = f"karim focal_point {MOPA}"
    assert (await api.call("GET", "/v1/programme/own/workshops", who=other)).json()["items"] == []
    refused = await api.call("PUT", path, {"minutes": "Call 01712345678 for it."})
    assert refused.json()["type"] == "/problems/question_names_person"


async def test_nothing_is_recorded_before_the_day(api: Api) -> None:
    """Neither who came, nor a question, nor minutes."""
    made = await create(api)
    api.now = datetime(2026, 6, 29, 4, tzinfo=UTC)
    path = f"{ALL}/{made['workshop']['workshop_id']}"
    for method, rest, body in (
        ("PUT", "/attendance", {"bodies": [LAND]}),
        ("PUT", "/minutes", {"minutes": "Shown: a check."}),
        ("POST", "/questions", ASKED),
    ):
        refused = await api.call(method, path + rest, body)
        assert (refused.status, refused.json()["type"]) == (409, "/problems/workshop_ahead")


async def test_what_is_not_there_is_said(api: Api) -> None:
    """An id that nobody has."""
    path = f"{ALL}/01900000-0000-7000-8000-000000000000"
    for method, rest, body in (
        ("GET", "", None),
        ("PUT", "/attendance", {"bodies": [LAND]}),
        ("PUT", "/minutes", {"minutes": "Shown: a check."}),
        ("POST", "/questions", ASKED),
    ):
        assert (await api.call(method, path + rest, body)).status == 404
