import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.service import Resources
from services.applications.lifecycle.use_cases import save
from services.applications.ministry_status import use_cases
from services.applications.ministry_status.cache import MinistryStatuses
from services.applications.ministry_status.capability import capability
from services.applications.ministry_status.consumers import router
from services.applications.settings import Settings
from tests.consuming import consuming
from tests.services.applications.ministry_status.scenes import changed
from tests.services.applications.scenes import MINISTRY, NOW, stored_applications
from tests.waiting import until

YESTERDAY = date(2026, 11, 24)


async def test_the_newest_status_of_a_ministry_counts(tx: Transaction) -> None:
    """An older event that comes later changes nothing."""
    statuses = MinistryStatuses()
    new, old = (changed(state, occurred_at=at(age)) for state, age in (("down", 0), ("working", 5)))
    other = changed("working", ministry="mopa", occurred_at=at(1))
    async with consuming(router, tx) as consume:
        await consume(new, old, other)
        await consume(old)
    await use_cases.refresh(tx, statuses, at=NOW)
    items = statuses.page({"lgd": {"hosted"}, "mopa": {"hosted"}}, NOW).items
    assert {item.ministry: item.state for item in items} == {"lgd": "down", "mopa": "working"}


async def test_a_stored_status_is_in_memory_at_once(database: Database) -> None:
    """The commit wakes the refresher."""
    statuses, stop = MinistryStatuses(), asyncio.Event()
    resources = replace(Resources.of("applications", Settings()), database=database)
    refresher, _ = capability(resources, statuses).components

    def is_known() -> bool:
        (item,) = statuses.page({"lgd": {"hosted"}}, NOW).items
        return item.state == "down"

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(refresher.run(stop))
        await until(lambda: refresher.health().detail == "")
        async with database.transaction() as tx, consuming(router, tx) as consume:
            await consume(changed("down"))
        await until(is_known, within_s=4)
        stop.set()


async def test_what_was_due_is_counted_by_ministry(tx: Transaction) -> None:
    """A withdrawn or corrected application is not due; an overdue one is late, decided or not."""
    one, two, three, four, five = await stored_applications(tx, 5, due_on=YESTERDAY)
    await save(
        tx,
        [
            replace(one, status="approved"),
            replace(two, status="refused", overdue=True),
            replace(three, status="with_ministry", overdue=True),
            replace(four, status="withdrawn"),
            replace(five, status="correction_requested"),
        ],
        [],
    )
    await stored_applications(tx, 2, due_on=YESTERDAY + timedelta(days=1))
    await stored_applications(tx, 2, due_on=None)
    await use_cases.count_due(tx, at=NOW)
    (count,) = await use_cases.count_due(tx, at=NOW)
    assert (count.ministry, count.due, count.in_time) == (MINISTRY, 3, 1)
    assert await use_cases.count_due(tx, at=NOW + timedelta(days=40)) == []


def at(age_s: int) -> datetime:
    """A moment so many seconds ago."""
    return NOW - timedelta(seconds=age_s)
