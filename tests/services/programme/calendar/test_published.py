"""Working days are those of the calendar that two people publish, also of one that comes later."""

from datetime import date, datetime, timedelta
from typing import Any

from libs.bangladesh.calendar import DHAKA, reference_calendar
from libs.clock import Clock
from libs.contracts.catalogue import CalendarChanged
from libs.database.pool import Database
from libs.jobs import Lease
from services.programme.bodies.overview import Overview
from services.programme.calendar.use_cases import copy_years, read_calendar
from services.programme.reminders import use_cases as reminders
from tests.services.programme.bodies.scenes import LAND
from tests.services.programme.calendar.scenes import year
from tests.services.programme.focal_points.scenes import POINTS, RAHIMA
from tests.services.programme.running import Api

DUE = date(2026, 7, 12)  # a Sunday, with no holiday of the release in that month
LATE = date(2026, 7, 14)  # the second working day after it
BODY = f"/v1/programme/bodies/{LAND}"
QUESTIONS = "/v1/programme/questions"


async def announce(database: Database, *years: CalendarChanged) -> None:
    async with database.transaction() as tx:
        await copy_years(tx, years)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=DHAKA)


async def late_by(database: Database, overview: Overview, today: date) -> int:
    async with database.transaction() as tx:
        return (await overview.states(tx, today))[LAND].steps["list"].late_working_days


async def asked_for_its_list(database: Database, **more: Any) -> Api:
    """A body whose list was due, and who answers for it."""
    api = Api(database)
    letter = {
        "kind": "letter_sent", "day": "2026-06-22", "evidence": "letter 03.00", "asks": ["list"],
        "due_on": str(DUE), **more,
    }  # fmt: skip
    assert (await api.call("POST", f"{BODY}/facts", letter)).status == 201
    assert (await api.call("POST", POINTS, RAHIMA)).status == 201
    return api


async def test_a_holiday_that_is_announced_later_counts(database: Database) -> None:
    """In the states in memory at once; a version of before takes nothing back."""
    await asked_for_its_list(database)
    overview = Overview()
    assert await late_by(database, overview, LATE) == 2
    await announce(database, year(2, LATE - timedelta(days=1)))
    assert await late_by(database, overview, LATE) == 1
    await announce(database, year(1))
    assert await late_by(database, overview, LATE) == 1
    await announce(database, year(3))
    assert await late_by(database, overview, LATE) == 2


async def test_nobody_is_reminded_on_a_day_that_was_announced_as_off(database: Database) -> None:
    """The mail waits for the next working day; before the order it would have gone."""
    await asked_for_its_list(database)
    queue = reminders.queue_of(Clock(lambda: at(DUE)))
    async with database.transaction() as tx:
        await reminders.plan(tx, Overview(), at(DUE), chief_adviser="")
        await tx.execute("UPDATE reminders SET mail_due_at = now() - interval '1 second'")
    await announce(database, year(2, DUE))
    async with database.transaction() as tx:
        assert await queue.claim(tx, Lease("w", 10, 10, 60.0, ())) == []
    await announce(database, year(3))
    async with database.transaction() as tx:
        assert len(await queue.claim(tx, Lease("w", 10, 10, 60.0, ()))) == 1


async def test_an_answer_has_a_day_more_for_a_holiday(database: Database) -> None:
    """On its list of late ones, and by the day that the question shows."""
    sunday = date(2026, 7, 5)
    api = Api(database, now=at(sunday))
    body = {"question": "May the adapter send decisions once a day?"}
    asked = await api.call("POST", "/v1/programme/own/questions", body, who=f"r focal_point {LAND}")
    assert asked.json()["due_on"] == "2026-07-08"
    api.now = at(date(2026, 7, 9))
    late = f"{QUESTIONS}?show=late"
    assert len((await api.call("GET", late)).json()["items"]) == 1
    await announce(database, year(2, date(2026, 7, 7)))
    assert (await api.call("GET", late)).json()["items"] == []
    [waiting] = (await api.call("GET", f"{QUESTIONS}?show=waiting")).json()["items"]
    assert (waiting["due_on"], waiting["state"]) == ("2026-07-09", "waiting")


async def test_the_calendar_is_the_published_one(database: Database) -> None:
    """As soon as one year was published; until then that of the release. It is read once."""
    async with database.transaction() as tx:
        assert await read_calendar(tx) is reference_calendar()
    await announce(database, year(1, DUE))
    async with database.transaction() as tx:
        first, again = await read_calendar(tx), await read_calendar(tx)
    assert (first is again, first.is_working_day(DUE)) == (True, False)


async def test_a_year_that_nobody_published_is_said(database: Database) -> None:
    """On the page of reminders; nobody is late in it."""
    api = await asked_for_its_list(database)
    assert (await api.call("GET", f"{BODY}/reminders")).json()["unknown_year"] is None
    await announce(database, year(1, of=2025))
    assert (await api.call("GET", f"{BODY}/reminders")).json()["unknown_year"] == 2026
    assert await late_by(database, Overview(), date(2026, 9, 1)) == 0
