"""The version, what was told, and the audit."""

import asyncio
from datetime import UTC, datetime

from libs.database.pool import Database
from libs.database.transaction import Transaction
from services.catalogue.announcing import Announced
from services.catalogue.store import changes
from services.catalogue.store.changes import AuditEntry
from tests.services.catalogue.scenes import loaded


async def test_the_version_begins_at_nothing_and_grows(tx: Transaction) -> None:
    """Who looks at an empty database sees 0, and every change is seen."""
    assert await changes.read_version(tx) == 0
    assert await changes.hold_version(tx) == 0
    await changes.raise_version(tx)
    assert await changes.hold_version(tx) == await changes.read_version(tx) == 1


async def test_writers_take_turns(database: Database) -> None:
    """Who holds the version is alone until the transaction ends; readers are not held up."""
    order: list[str] = []

    async def second() -> None:
        async with database.transaction() as tx:
            await changes.hold_version(tx)
            order.append("second")

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await changes.hold_version(tx)
        tasks.create_task(second())
        await asyncio.sleep(0.1)
        async with database.transaction() as reader:
            await changes.read_version(reader)
        order.append("first")
    assert order == ["first", "second"]


async def test_what_was_told_is_replaced(database: Database) -> None:
    """Of each service the last version is known."""
    await loaded(database)
    newer = Announced("S001", 2, "digest", datetime(2026, 11, 25, tzinfo=UTC))
    async with database.transaction() as tx:
        await changes.save_announced(tx, [newer])
        known = await changes.read_announced(tx)
    assert known["S001"] == newer
    assert len(known) == 81
    assert known["S002"].version == 1


async def test_the_audit_keeps_every_entry(tx: Transaction) -> None:
    """The same change made twice is two lines, each with its time."""
    entry = AuditEntry("rahima", "set open", "S001", "open", "closed")
    await changes.add_audit(tx, [entry])
    await changes.add_audit(tx, [entry])
    rows = await tx.fetch("SELECT at, actor, action, public_service_id, before, after FROM audit")
    assert [tuple(row.values())[1:] for row in rows] == [
        ("rahima", "set open", "S001", "open", "closed")
    ] * 2
    assert all(row["at"] is not None for row in rows)
