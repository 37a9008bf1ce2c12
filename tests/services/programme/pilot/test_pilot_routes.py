"""Criteria of the pilot: set by two people before it ends, and computed from what is counted."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.applications import DayRecounted, ServiceCount
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.restoring.rewind import write_journal
from services.programme.figures.queries import add_counts
from services.programme.figures.rules import Key
from services.programme.figures.use_cases import keep_recounts
from tests.services.programme.assistance.scenes import closed, complaint
from tests.services.programme.assistance.scenes import count as count_help
from tests.services.programme.rollout.scenes import (
    DHAKA,
    KARIM,
    announce,
    centre,
    equip,
    first_areas,
    pause,
    read,
)
from tests.services.programme.rollout.scenes import approve as approve_opening
from tests.services.programme.rollout.scenes import propose as propose_opening
from tests.services.programme.running import NOW, Api

PILOT, PROPOSALS = "/v1/programme/pilot", "/v1/programme/pilot/proposals"
FIRST, LAST = date(2026, 7, 1), date(2026, 7, 10)
PLAN = {
    "first_day": str(FIRST), "last_day": str(LAST), "in_time": 90, "satisfaction": 80, "lost": 0,
    "overcharging": 10, "open_days": 9, "cost": 100,
}  # fmt: skip
WANTED = {**PLAN, "reason": "letter 05.00 of 25 June 2026"}


async def propose(api: Api, who: str = "salma programme", **changed: Any) -> Any:
    return await api.call("POST", PROPOSALS, {**WANTED, **changed}, who=who)


async def approve(api: Api, proposed: Any, who: str = KARIM) -> Any:
    return await api.call("POST", f"{PROPOSALS}/{proposed.json()['act_id']}/approval", who=who)


async def criteria(api: Api) -> Mapping[str, Any]:
    """The criteria as the page has them, by name."""
    pilot = (await api.call("GET", PILOT)).json()
    return {view["criterion"]: view for view in pilot["criteria"]}


async def count(database: Database, day: date, **numbers: int) -> None:
    counts = {Key(day, "S001", "lgd", metric): number for metric, number in numbers.items()}
    async with database.transaction() as tx:
        await add_counts(tx, counts)


async def recount(database: Database, first: date, days: int, *, more: int = 0) -> None:
    """Count days again; on the first one there are some more applications than events."""
    events = [
        DayRecounted(
            event_id=new_id(),
            occurred_at=NOW + timedelta(days=100),
            day=first + timedelta(days=number),
            counts=(ServiceCount(public_service_id="S001", submitted=more),)
            if number == 0 and more
            else (),
        )
        for number in range(days)
    ]
    async with database.transaction() as tx:
        await keep_recounts(tx, events)


def problem(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


async def test_two_people_set_the_criteria(database: Database) -> None:
    """Nothing counts before the second one, who is another; a repeat is the same proposal."""
    api = Api(database)
    proposed = await propose(api)
    assert (proposed.status, (await propose(api)).json()) == (201, proposed.json())
    assert await criteria(api) == {}
    assert problem(await approve(api, proposed, "salma programme")) == "second_person_needed"
    assert (await approve(api, proposed)).status == 200
    pilot = (await api.call("GET", PILOT)).json()
    assert (pilot["plans"][0]["plan"], len(pilot["plans"][0]["by"])) == (PLAN, 2)
    assert {view["criterion"]: view["threshold"] for view in pilot["criteria"]} == {
        name: PLAN[name] for name in PLAN if not name.endswith("_day")
    }
    assert all(view["source"]["bn"] and view["source"]["en"] for view in pilot["criteria"])


async def test_a_proposal_that_is_sent_twice_at_once_is_one(database: Database) -> None:
    """As of a button that was pressed twice."""
    api = Api(database)
    made = await asyncio.gather(*(propose(api) for _ in range(5)))
    assert len({answer.json()["act_id"] for answer in made}) == 1


async def test_a_proposal_is_rejected_with_a_reason(database: Database) -> None:
    """And an answered one is answered no more."""
    api = Api(database)
    proposed = await propose(api)
    path = f"{PROPOSALS}/{proposed.json()['act_id']}/rejection"
    assert problem(await api.call("POST", path, {}, who=KARIM)) == "rejection_without_reason"
    rejected = await api.call("POST", path, {"reason": "95 percent"}, who=KARIM)
    assert rejected.json()["state"] == "rejected"
    assert problem(await approve(api, proposed)) == "rejected_before"


async def test_criteria_are_changed_until_the_end_and_not_after(database: Database) -> None:
    """Neither proposed, nor approved when the proposal is of before."""
    api = Api(database)
    await approve(api, await propose(api))
    late = await propose(api, in_time=50)
    assert (await approve(api, await propose(api, in_time=95))).status == 200
    assert (await criteria(api))["in_time"]["threshold"] == 95
    after = Api(database, NOW + timedelta(days=11))
    assert problem(await approve(after, late)) == "pilot_ended"
    assert problem(await propose(after, last_day="2027-01-31")) == "pilot_ended"
    assert (await criteria(after))["in_time"]["threshold"] == 95


@pytest.mark.parametrize(
    "wrong", [{"last_day": "2026-06-30"}, {"open_days": 11}, {"first_day": "2026-07-11"}]
)
async def test_days_that_make_no_pilot_are_refused(database: Database, wrong: Any) -> None:
    """The last day lies ahead, after the first."""
    answer = await propose(Api(database), **wrong)
    assert (answer.status, problem(answer)) == (422, "pilot_days_wrong")


async def test_criteria_are_computed_from_the_days_of_the_pilot(database: Database) -> None:
    """What happened before or after counts for none; what nobody counts is not known."""
    api = Api(database)
    await first_areas(database)
    await approve(api, await propose(api))
    for day in (FIRST - timedelta(days=1), LAST + timedelta(days=1)):
        await count(database, day, late=100, rated_1=100)
    await count(database, FIRST, in_time=45, late=1, submitted=3, rated_5=3, rated_2=1)
    await count(database, LAST, in_time=45, overdue=9)
    await recount(database, FIRST, 10, more=3)
    after = Api(database, NOW + timedelta(days=20))
    seen = {
        name: (view["value"], view["denominator"], view["state"])
        for name, view in (await criteria(after)).items()
    }
    assert seen == {
        "in_time": (90, 99, "passed"),
        "satisfaction": (75, 4, "failed"),
        "lost": (0, 10, "passed"),
        "overcharging": (None, 0, "not_known"),
        "open_days": (10, 10, "passed"),
        "cost": (None, 0, "not_known"),
    }
    pilot = (await after.call("GET", PILOT)).json()
    assert (pilot["has_ended"], pilot["has_passed"]) == (True, False)


@pytest.mark.parametrize(
    ("days", "more", "expected"),
    [(10, 4, (1, "failed")), (9, 3, (None, "not_known")), (10, 3, (0, "passed"))],
)
async def test_what_was_lost_is_seen(
    database: Database, days: int, more: int, expected: tuple[int | None, str]
) -> None:
    """An application whose event nobody counted; not known while a day was not counted again."""
    api = Api(database)
    await approve(api, await propose(api))
    await count(database, FIRST, submitted=3)
    await recount(database, FIRST, days, more=more)
    lost = (await criteria(Api(database, NOW + timedelta(days=20))))["lost"]
    assert (lost["value"], lost["state"]) == expected


async def test_a_district_waits_for_the_pilot(database: Database) -> None:
    """A pilot with a criterion that is not known has not passed, and its page says the same."""
    api = Api(database)
    assert not (await read(api, "3026"))["parent_open"]
    await approve(api, await propose(api))
    after = Api(database, NOW + timedelta(days=20))
    assert not (await read(after, "3026"))["parent_open"]


async def end_of_pilot(
    database: Database, *, sent: int = 1_000, complaints: int = 1, fee: int = 70
) -> Api:
    """A pilot that has ended, and met each criterion unless told otherwise.

    Applications has announced 1,000 assisted applications.
    """
    await first_areas(database)
    await approve(Api(database), await propose(Api(database)))
    await count(database, FIRST, in_time=95, late=5, rated_5=9, rated_1=1, assisted=1_000)
    await recount(database, FIRST, 10)
    at = datetime(2026, 7, 2, 6, tzinfo=UTC)
    events = [closed("gulshan", fee_bdt=fee, occurred_at=at)] * sent
    await count_help(database, *events, *[complaint("uttara", occurred_at=at)] * complaints)
    return Api(database, NOW + timedelta(days=20))


@pytest.mark.parametrize(
    ("changed", "criterion", "expected"),
    [
        ({}, "overcharging", (10, 1_000, "passed")),
        ({}, "cost", (100, 1_000, "passed")),
        ({"complaints": 2}, "overcharging", (20, 1_000, "failed")),
        ({"fee": 71}, "cost", (101, 1_000, "failed")),
        ({"sent": 999}, "overcharging", (None, 999, "not_known")),
        ({"sent": 500}, "cost", (None, 1_000, "not_known")),
        ({"sent": 0, "complaints": 0}, "overcharging", (None, 0, "not_known")),
    ],
)
async def test_cost_and_overcharging_decide_whether_the_pilot_passes(
    database: Database, changed: Any, criterion: str, expected: tuple[int | None, int, str]
) -> None:
    """Exactly at the bounds; above one it fails, and where something is not counted, too."""
    api = await end_of_pilot(database, **changed)
    seen = (await criteria(api))[criterion]
    assert (seen["value"], seen["denominator"], seen["state"]) == expected
    has_passed = (await api.call("GET", PILOT)).json()["has_passed"]
    assert has_passed == (changed == {})
    assert (await read(api, DHAKA))["parent_open"] == has_passed


async def test_what_topics_have_lost_is_not_known(database: Database) -> None:
    """A database that was made anew read a part of the pilot only, and judges by none of it."""
    api = await end_of_pilot(database)
    assert (await api.call("GET", PILOT)).json()["has_passed"]
    async with database.transaction() as tx:
        await write_journal(tx, by="rahima", action="rewind", detail="all, long after the pilot")
    states = {name: seen["state"] for name, seen in (await criteria(api)).items()}
    assert states.pop("open_days") == "passed"
    assert set(states.values()) == {"not_known"}


async def test_after_the_pilot_a_district_opens_and_then_what_is_within_it(
    database: Database,
) -> None:
    """District, upazila, union and ward, each by two people, and each after the one around it."""
    api = await end_of_pilot(database)
    upazila, union, ward = "302672", "U3271", "U3271-4"
    await announce(database, centre("savar", upazila, union_id=union, ward=4))
    await equip(api, "savar")
    for area in (upazila, union, ward):
        assert problem(await propose_opening(api, area)) == "area_parent_closed"
    for area in (DHAKA, upazila, union, ward):
        proposed = await propose_opening(api, area)
        assert problem(await approve_opening(api, proposed, "salma programme")) == (
            "second_person_needed"
        )
        assert (await approve_opening(api, proposed)).status == 200
        assert (await read(api, area))["summary"]["stage"] == "open"


async def test_a_district_that_is_being_paused_opens_nothing_within_it(database: Database) -> None:
    """Whoever comes second waits, and sees what the first one did."""
    api = await end_of_pilot(database)
    upazila = "302672"
    await announce(database, centre("savar", upazila))
    await equip(api, "savar")
    await approve_opening(api, await propose_opening(api, DHAKA))
    proposed = await propose_opening(api, upazila)
    api.now += timedelta(minutes=1)
    paused, opened = await asyncio.gather(pause(api, DHAKA), approve_opening(api, proposed))
    if opened.status == 200:
        assert problem(paused) == "stops_changed"
    else:
        assert (paused.status, problem(opened)) == (200, "area_parent_closed")
