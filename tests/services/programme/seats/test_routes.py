"""Seats against need, by district and ministry."""

from datetime import timedelta
from typing import Any

import pytest

from libs.database.pool import Database
from libs.ids import new_id
from services.programme.people.queries import save_people
from services.programme.people.rules import Person
from tests.services.programme.rollout.scenes import announce, centre, joins, passes
from tests.services.programme.running import NOW, Api, account_of

DHAKA, CHATTOGRAM = "3026", "2015"
SESSION = {
    "course": "cyber_security",
    "audience": "uddokta",
    "day": "2026-07-12",
    "place": "Hall",
    "district": DHAKA,
    "trainer_id": str(account_of("karim")),
    "seats": 25,
}


@pytest.fixture
def api(database: Database) -> Api:
    return Api(database)


async def read(api: Api, who: str = "salma programme") -> dict[str | None, dict[str, Any]]:
    """The rows by district or ministry, counted anew."""
    answer = await api.call("GET", "/v1/training/seats", who=who)
    api.provides = Api(api.database).provides
    return {row["district"] or row["ministry"]: row for row in answer.json()["items"]}


def numbers(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return row["people"], row["needed"], row["seats"], row["taken"]


async def test_uddoktas_count_in_the_district_of_their_centre(api: Api, database: Database) -> None:
    """Who is stopped is not counted; who is qualified is not needed."""
    await announce(database, centre("nilkhet"), centre("agrabad", "20151600"))
    qualified = await joins(database, "nilkhet")
    for centre_id, active in (("nilkhet", True), ("nilkhet", False), ("agrabad", True)):
        await joins(database, centre_id, active=active)
    await passes(database, qualified)
    await api.call("POST", "/v1/training/sessions", SESSION)
    found = await read(api)
    assert numbers(found[DHAKA])[:2] == (2, 1)
    assert numbers(found[CHATTOGRAM]) == (1, 1, 0, 0)
    assert found[DHAKA]["name"]["en"] == "Dhaka"
    assert next(iter(found)) == CHATTOGRAM, "the largest shortage first"


async def test_seats_of_sessions_to_come_are_counted(api: Api, database: Database) -> None:
    """With those that are taken; a session of yesterday has none to offer."""
    await announce(database, centre("nilkhet"))
    holder = "amina uddokta"
    made = (await api.call("POST", "/v1/training/sessions", SESSION)).json()
    await api.call("POST", f"/v1/training/sessions/{made['session_id']}/seat", who=holder)
    assert numbers((await read(api))[DHAKA]) == (0, 0, 25, 1)
    api.now = NOW + timedelta(days=20)
    assert await read(api) == {}


async def test_officers_count_at_their_ministry(api: Api, database: Database) -> None:
    """Seats for officers of all stand in a row of their own."""
    people = [Person(new_id(), "officer", None, "minland", True, NOW) for _ in range(3)]
    async with database.transaction() as tx:
        await save_people(tx, people)
    for_officers = {**SESSION, "audience": "officer"}
    await api.call("POST", "/v1/training/sessions", {**for_officers, "ministry": "minland"})
    await api.call("POST", "/v1/training/sessions", {**for_officers, "seats": 7})
    found = await read(api, "adviser leadership")
    assert numbers(found["minland"]) == (3, 3, 25, 0)
    assert numbers(found[None]) == (0, 0, 7, 0)


async def test_who_is_qualified_today_may_be_needed_on_the_day(
    api: Api, database: Database
) -> None:
    """Of a course that is needed from a day to come, who has to pass again before it counts."""
    await announce(database, centre("nilkhet"))
    await passes(database, await joins(database, "nilkhet"), days=10)
    assert numbers((await read(api))[DHAKA])[:2] == (1, 0)
    wanted = {"audience": "uddokta", "needed_from": "2026-08-15", "reason": "letter 56.00"}
    path = "/v1/training/courses/cyber_security/needs"
    proposed = (await api.call("POST", path, wanted)).json()
    assert numbers((await read(api))[DHAKA])[:2] == (1, 0), "it only waits"
    approval = f"/v1/training/needs/{proposed['act_id']}/approval"
    assert (await api.call("POST", approval, who="karim programme")).status == 200
    row = (await read(api))[DHAKA]
    assert (row["day"], numbers(row)[:2]) == ("2026-08-15", (1, 1))
