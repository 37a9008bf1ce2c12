"""Snapshots: when they are taken, that they never change, and who reads what."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from libs.contracts.applications import DayRecounted, ServiceCount
from libs.database.pool import Database
from libs.grievances import GRIEVANCE
from services.programme.bodies.overview import Overview
from services.programme.bodies.use_cases import record_connections, record_services
from services.programme.figures.rules import ApplicationEvent
from services.programme.figures.use_cases import count, keep_recounts
from services.programme.snapshots.use_cases import take
from tests.services.programme.bodies.scenes import LAND, announced, connected
from tests.services.programme.figures.scenes import SERVICE, decided, submitted
from tests.services.programme.running import Api

DAY = timedelta(days=1)
BEFORE, SATURDAY = date(2026, 6, 13), date(2026, 6, 20)
"""Something is counted since a day of the week before; the first whole week ends on the 20th."""
SUNDAY = datetime(2026, 6, 21, 2, tzinfo=UTC)
LEADER = "adviser leadership"


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


@pytest.fixture
def api(database: Database) -> Api:
    return Api(database, now=SUNDAY)


async def happened(database: Database, events: Sequence[ApplicationEvent]) -> None:
    """Let things happen to applications."""
    async with database.transaction() as tx:
        await count(tx, events)


async def recounted(database: Database, day: date, number: int, hours: int = 0) -> None:
    """Let a day be counted again, some hours after the first time."""
    counts = (ServiceCount(public_service_id=SERVICE, submitted=number),) if number else ()
    async with database.transaction() as tx:
        at = noon(day) + DAY + timedelta(hours=hours)
        await keep_recounts(tx, [DayRecounted(day=day, occurred_at=at, counts=counts)])


async def taken(database: Database, now: datetime = SUNDAY) -> list[date]:
    """Take what is due."""
    async with database.transaction() as tx:
        return await take(tx, Overview(), now)


@pytest.fixture
async def counted(database: Database) -> Database:
    """A service is online and connected; nine applications were sent and decided in the week."""
    async with database.transaction() as tx:
        await record_services(tx, [announced(SERVICE, published=True), announced("S002")])
        await record_connections(tx, [connected()])
    await happened(database, [submitted(occurred_at=noon(BEFORE))])
    at = noon(SATURDAY)
    sent = [submitted(occurred_at=at) for _ in range(9)]
    said = {"occurred_at": at, "submitted_at": at - 2 * DAY, "due_on": SATURDAY}
    await happened(database, [*sent, *(decided(**said) for _ in range(9))])
    return database


async def test_grievances_stand_in_a_table_of_their_own_by_body(
    counted: Database, api: Api
) -> None:
    """What came and was answered, in time or late; small numbers are hidden, and nobody else's."""
    at = noon(SATURDAY - 2 * DAY)
    about = {"public_service_id": GRIEVANCE, "occurred_at": at}
    days = {"submitted_at": at, "due_on": SATURDAY}
    came = [submitted(ministry="lgd", **about) for _ in range(7)]
    answered = [
        decided(outcome=outcome, ministry="lgd", **days, **about)
        for outcome in ("approved",) * 5 + ("refused",)
    ]
    few = [submitted(ministry="psd", **about) for _ in range(2)]
    await happened(counted, [*came, *answered, *few])
    await recounted(counted, SATURDAY, 9)
    assert await taken(counted) == [SATURDAY]
    grievances, bodies = [
        {row["body"]: row for row in (await api.call("GET", address, who="")).json()["rows"]}
        for name in ("grievances", "bodies")
        for address in [f"/v1/open-data/{SATURDAY}/{name}.json"]
    ]
    assert len(grievances) == 67
    assert (grievances["lgd"]["submitted"], grievances["lgd"]["in_time"]) == (7, 6)
    assert (grievances["psd"]["submitted"], grievances["moa"]["submitted"]) == (None, 0)
    assert bodies["lgd"]["submitted"] == 0


async def test_a_week_is_taken_when_its_last_day_was_counted_again(counted: Database) -> None:
    """Not on its Saturday, not before the recount, and not while the recount has more."""
    assert await taken(counted) == []
    await recounted(counted, SATURDAY, 10)
    assert await taken(counted) == []
    await recounted(counted, SATURDAY, 9, hours=1)
    assert await taken(counted, noon(SATURDAY)) == []
    assert await taken(counted) == [SATURDAY]
    assert await taken(counted) == []


async def test_without_a_recount_it_is_taken_when_later_days_are_counted(counted: Database) -> None:
    """And says so. A reader that is behind by weeks takes them when it has read them."""
    at = SUNDAY + 10 * DAY
    assert await taken(counted, at) == []
    await happened(counted, [submitted(occurred_at=noon(SATURDAY) + 3 * DAY)])
    assert await taken(counted, at) == []
    await happened(counted, [submitted(occurred_at=noon(SATURDAY) + 4 * DAY)])
    assert await taken(counted, at) == [SATURDAY]
    weeks = (await Api(counted).call("GET", "/v1/programme/figures/weeks", who=LEADER)).json()
    assert [(week["week_ends"], week["is_recounted"]) for week in weeks["items"]] == [
        (str(SATURDAY), False)
    ]


async def test_a_week_waits_for_events_that_are_not_read_yet(counted: Database) -> None:
    """A reader that catches up may read later days of one partition first: no week is cut short.

    Events that are lost are waited for until those of two weeks later are counted.
    """
    await recounted(counted, SATURDAY, 12)
    await happened(counted, [submitted(occurred_at=noon(SATURDAY) + 5 * DAY)])
    assert await taken(counted, SUNDAY + 6 * DAY) == []
    await happened(counted, [submitted(occurred_at=noon(SATURDAY) + 15 * DAY)])
    assert await taken(counted, SUNDAY + 6 * DAY) == [SATURDAY]


async def test_a_week_whose_events_have_come_since_is_recounted(counted: Database) -> None:
    """It is taken with all of them, and says that none is missing."""
    await recounted(counted, SATURDAY, 12)
    await happened(counted, [submitted(occurred_at=noon(SATURDAY) + 5 * DAY)])
    await happened(counted, [submitted(occurred_at=noon(SATURDAY)) for _ in range(3)])
    assert await taken(counted, SUNDAY + 6 * DAY) == [SATURDAY]
    weeks = (await Api(counted).call("GET", "/v1/programme/figures/weeks", who=LEADER)).json()
    assert [week["is_recounted"] for week in weeks["items"]] == [True]


async def test_missed_weeks_are_taken_in_their_order(counted: Database) -> None:
    """Each with what happened in it alone."""
    await happened(counted, [submitted(occurred_at=noon(SATURDAY) + 2 * DAY) for _ in range(6)])
    await happened(counted, [submitted(occurred_at=noon(SATURDAY) + 16 * DAY)])
    weeks = [SATURDAY + 7 * n * DAY for n in range(3)]
    assert await taken(counted, SUNDAY + 20 * DAY) == weeks[:2]
    await recounted(counted, weeks[2], 0)
    assert await taken(counted, SUNDAY + 20 * DAY) == weeks[2:]
    sent = []
    for week in weeks:
        answer = await Api(counted).call("GET", f"/v1/open-data/{week}/country.json", who="")
        sent.append(answer.json()["rows"][0]["submitted"])
    assert sent == [9, 6, 0]


async def test_nothing_is_taken_before_the_first_whole_week(database: Database) -> None:
    """Of a week in which counting began some may be missing."""
    assert await taken(database) == []
    await happened(database, [submitted(occurred_at=noon(SATURDAY))])
    await recounted(database, SATURDAY, 1)
    assert await taken(database) == []


async def test_a_snapshot_never_changes(counted: Database, api: Api) -> None:
    """Whatever is counted and recorded later: files and figures stay, byte by byte."""
    await recounted(counted, SATURDAY, 9)
    first, second = await asyncio.gather(taken(counted), taken(counted))
    assert sorted([first, second]) == [[], [SATURDAY]]

    async def read() -> dict[str, bytes]:
        index = (await api.call("GET", "/v1/open-data", who="")).json()
        (week,) = index["items"]
        found = {}
        for file in week["files"]:
            answer = await api.call("GET", file["address"], who="")
            assert sha256(answer.body).hexdigest() == file["sha256"]
            assert len(answer.body) == file["size_bytes"]
            assert "immutable" in answer.headers["cache-control"]
            found[file["address"]] = answer.body
        address = f"/v1/programme/figures/weeks/{SATURDAY}"
        found[address] = (await api.call("GET", address, who=LEADER)).body
        return found

    before = await read()
    assert len(before) == 13
    await happened(counted, [submitted(occurred_at=noon(SATURDAY)) for _ in range(7)])
    await recounted(counted, SATURDAY, 16)
    async with counted.transaction() as tx:
        await record_services(tx, [announced("S002", published=True)])
    assert await taken(counted, SUNDAY + DAY) == []
    assert await read() == before


async def test_figures_of_a_week_are_those_of_its_last_day(counted: Database, api: Api) -> None:
    """Not those of the day on which it was taken."""
    await recounted(counted, SATURDAY, 9)
    await happened(counted, [submitted(occurred_at=noon(SATURDAY) + DAY) for _ in range(5)])
    await taken(counted)
    address = f"/v1/programme/figures/weeks/{SATURDAY}"
    found = (await api.call("GET", address, who=LEADER)).json()
    assert [period["submitted"] for period in found["periods"]] == [9, 9, 10]
    assert (found["bodies"]["online"], found["bodies"]["live"]) == (1, 1)
    assert (await api.call("GET", address, who="rahim officer minland")).status == 403
    assert (await api.call("GET", address, who="")).status == 401
    later = f"/v1/programme/figures/weeks/{SATURDAY + 7 * DAY}"
    assert (await api.call("GET", later, who=LEADER)).status == 404
    assert (await api.call("GET", f"/v1/open-data/{SATURDAY}/nothing.csv", who="")).status == 404


async def test_everybody_sees_numbers_of_the_published_week_only(
    counted: Database, api: Api
) -> None:
    """So that nobody subtracts yesterday's from today's; of 1 to 4 nothing is told."""

    async def shown() -> tuple[Any, list[tuple[Any, Any, Any]]]:
        found = (await api.call("GET", f"/v1/progress/{LAND}", who="")).json()
        services = found["public_services"]
        return found["week_ends"], [
            (service["is_live"], service["decided"], service["median_days"]) for service in services
        ]

    assert await shown() == (None, [(True, None, None), (False, None, None)])
    await recounted(counted, SATURDAY, 9)
    await taken(counted)
    published = (str(SATURDAY), [(True, 9, 2), (False, 0, None)])
    assert await shown() == published
    await happened(counted, [decided(occurred_at=noon(SATURDAY)), decided(occurred_at=SUNDAY)])
    api.provides = Api(counted).provides  # another process, or 30 seconds later
    assert await shown() == published


async def test_weeks_continue_after_a_year(counted: Database, api: Api) -> None:
    """53 in one answer."""
    await happened(counted, [submitted(occurred_at=noon(SATURDAY) + 400 * DAY)])
    assert len(await taken(counted, SUNDAY + 380 * DAY)) == 55
    first = (await api.call("GET", "/v1/open-data", who="")).json()
    assert len(first["items"]) == 53
    more = (await api.call("GET", f"/v1/open-data?after={first['next']}", who="")).json()
    assert [week["week_ends"] for week in more["items"]] == [
        str(SATURDAY + 7 * DAY),
        str(SATURDAY),
    ]
    assert (more["next"], len(more["items"][0]["files"])) == (None, 12)
