"""What was counted again, compared with events; and a lost database counts to the same."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.applications import DayRecounted, ServiceCount
from libs.database.pool import Database
from libs.database.transaction import Transaction
from services.programme.figures import queries
from services.programme.figures.rules import ApplicationEvent
from services.programme.figures.sums import Lost
from services.programme.figures.use_cases import count, keep_recounts
from tests.services.programme.figures.scenes import (
    AT,
    TODAY,
    decided,
    read_counts,
    submitted,
)
from tests.services.programme.running import Api

DAY = timedelta(days=1)


def recounted(day: date, numbers: Mapping[str, int], at: datetime = AT + DAY) -> DayRecounted:
    """A day that was counted again, by service."""
    counts = tuple(
        ServiceCount(public_service_id=service_id, submitted=number)
        for service_id, number in numbers.items()
    )
    return DayRecounted(day=day, occurred_at=at, counts=counts)


@pytest.fixture
async def counted(tx: Transaction) -> Transaction:
    """Since yesterday events are counted; three today, two of them of one service."""
    await count(tx, [submitted(occurred_at=AT - DAY)])
    await count(tx, [submitted(), submitted(), submitted(public_service_id="S002")])
    return tx


@pytest.mark.parametrize(
    ("numbers", "lost", "twice"),
    [
        ({"S001": 2, "S002": 1}, 0, 0),
        ({"S001": 3, "S002": 1}, 1, 0),
        ({"S001": 2, "S002": 1, "S003": 4}, 4, 0),
        ({"S001": 2}, 0, 1),
        ({"S001": 4}, 2, 1),
        ({}, 0, 3),
    ],
)
async def test_what_is_missing_is_lost(
    counted: Transaction, numbers: dict[str, int], lost: int, twice: int
) -> None:
    """By service, so that one that is too many hides none that is missing."""
    await keep_recounts(counted, [recounted(TODAY, numbers)])
    assert await queries.read_lost(counted, TODAY - DAY) == Lost(lost, twice, 1, AT + DAY)


async def test_the_newest_count_of_a_day_holds(counted: Transaction) -> None:
    """In whichever order they come."""
    right, older = recounted(TODAY, {"S001": 2, "S002": 1}), recounted(TODAY, {"S001": 9}, AT)
    for events in ([right, older], [right], [older]):
        await keep_recounts(counted, events)
    assert await queries.read_lost(counted, TODAY - DAY) == Lost(0, 0, 1, AT + DAY)


async def test_days_from_before_the_first_event_are_not_compared(counted: Transaction) -> None:
    """Nor is the first one, of which some may be missing; nothing is said before a comparison."""
    assert await queries.read_lost(counted, TODAY - DAY) == Lost(0, 0, 0, None)
    await keep_recounts(counted, [recounted(TODAY - n * DAY, {"S001": 7}) for n in (1, 7, 30, 90)])
    assert await queries.read_lost(counted, TODAY - DAY) == Lost(0, 0, 0, None)


async def test_the_page_says_what_is_lost_and_when_it_was_counted(database: Database) -> None:
    """Those who lead, and everybody; null before the first comparison."""

    async def shown() -> list[Any]:
        api = Api(database)  # which has counted nothing yet
        leads = await api.call("GET", "/v1/programme/figures", who="salma leadership")
        return [leads.json()["recount"], (await api.call("GET", "/v1/progress")).json()["recount"]]

    assert await shown() == [None, None]
    async with database.transaction() as tx:
        await count(tx, [submitted(occurred_at=AT - DAY), submitted()])
        await keep_recounts(tx, [recounted(TODAY, {"S001": 2})])
    first, second = await shown()
    assert first == second
    assert (first["lost"], first["days"], first["counted_at"]) == (1, 1, "2026-07-01T04:00:00Z")


async def test_a_lost_database_is_rebuilt_to_the_same_numbers(tx: Transaction) -> None:
    """From the topics in other batches: the same counts, and nothing is lost by the recount."""
    events: list[ApplicationEvent] = []
    for n in range(300):
        at, service_id = AT - timedelta(hours=n * 7 % 240), f"S{n * 5 % 4:03}"
        events.append(submitted(occurred_at=at, public_service_id=service_id))
        if n % 3:
            events.append(decided(occurred_at=at, public_service_id=service_id))
    found, compared = [], 0
    for batch in (7, 64):
        await tx.execute("DELETE FROM counts")
        await tx.execute("DELETE FROM recounts")
        await tx.execute("DELETE FROM recounted_days")
        for start in range(0, len(events), batch):
            await count(tx, events[start : start + batch])
        counts = await read_counts(tx, date(2016, 1, 1))
        days: dict[date, dict[str, int]] = {}
        for key, number in counts.items():
            if key.metric == "submitted":
                days.setdefault(key.day, {})[key.public_service_id] = number
        await keep_recounts(tx, [recounted(day, numbers) for day, numbers in days.items()])
        compared = len(days) - 1
        found.append((counts, await queries.read_lost(tx, min(days))))
    assert found[0] == found[1]
    lost = found[0][1]
    assert (lost.lost, lost.counted_twice, lost.days) == (0, 0, compared)
    assert sum(found[0][0].values()) == len(events)
