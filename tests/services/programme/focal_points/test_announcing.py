"""Who answers for bodies: announced once, and forgotten in time."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from libs.contracts.programme import FocalPointsChanged
from libs.database.pool import Database
from services.programme.bodies.overview import Overview
from services.programme.focal_points import use_cases
from services.programme.reminders import use_cases as reminders
from tests.services.programme.bodies.scenes import LAND
from tests.services.programme.focal_points.scenes import POINTS, RAHIMA
from tests.services.programme.running import NOW, Api

DAY = timedelta(days=1)
Announce = Callable[[datetime], Awaitable[list[FocalPointsChanged]]]


@pytest.fixture
def api(database: Database) -> Api:
    return Api(database)


@pytest.fixture
def announce(database: Database) -> Announce:
    """One step of the loop, by a process that has just begun."""

    async def step(at: datetime) -> list[FocalPointsChanged]:
        async with database.transaction() as tx:
            superiors = await reminders.read_superiors(tx)
            return await use_cases.announce(tx, Overview(), superiors, at)

    return step


def said(events: list[FocalPointsChanged]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Of which body, and who has which duty."""
    return [(event.ministry, [(p.duty, p.name) for p in event.people]) for event in events]


async def test_who_answers_is_announced_once(api: Api, announce: Announce) -> None:
    """With all of a body, whenever somebody else answers or nobody any more."""
    assert await announce(NOW) == []
    await api.call("POST", POINTS, {**RAHIMA, "until": "2026-07-01"})
    await api.call("POST", POINTS, {**RAHIMA, "duty": "deputy", "name": "Karim"})
    both = [("focal_point", RAHIMA["name"]), ("deputy", "Karim")]
    assert said(await announce(NOW)) == [(LAND, both)]
    assert await announce(NOW + DAY) == []
    assert said(await announce(NOW + 2 * DAY)) == [(LAND, [("deputy", "Karim")])]
    assert await announce(NOW + 3 * DAY) == []


async def test_a_name_that_was_not_so_is_taken_back(api: Api, announce: Announce) -> None:
    """An event without people takes the place of the one with them."""
    await api.call("POST", POINTS, RAHIMA)
    await announce(NOW)
    (fact,) = (await api.call("GET", f"/v1/programme/bodies/{LAND}")).json()["facts"]
    correction = {
        "kind": "not_so",
        "day": fact["day"],
        "evidence": "wrong ministry",
        "corrects": fact["fact_id"],
    }
    done = await api.call("POST", f"/v1/programme/bodies/{LAND}/facts", correction)
    assert done.status == 201
    assert said(await announce(NOW)) == [(LAND, [])]


async def test_the_posts_above_are_announced_with_them(api: Api, announce: Announce) -> None:
    """Also of a body for which nobody answers; once, until one changes."""
    path = f"/v1/programme/bodies/{LAND}/superiors/joint_secretary"
    put = {"post": "Joint Secretary", "mail": "js@example.gov.bd", "evidence": "letter 03.00"}
    await api.call("PUT", path, put)
    (event,) = await announce(NOW)
    assert [(above.superior, above.mail) for above in event.superiors] == [
        ("joint_secretary", "js@example.gov.bd")
    ]
    assert (event.people, await announce(NOW + DAY)) == ((), [])
    api.now += DAY
    await api.call("PUT", path, {**put, "mail": "js2@example.gov.bd"})
    (event,) = await announce(NOW + DAY)
    assert [above.mail for above in event.superiors] == ["js2@example.gov.bd"]
