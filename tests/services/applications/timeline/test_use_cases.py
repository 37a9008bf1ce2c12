import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

from libs.contracts.notifications import MessageDelivered, MessageFailed, MessageSent
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.batch import Batch
from services.applications.lifecycle.entries import Entry
from services.applications.lifecycle.queries import lock_applications, save
from services.applications.timeline.queries import read_timeline
from services.applications.timeline.use_cases import add_message_events
from tests.services.applications.builders import (
    NOTE,
    NOW,
    TRACE,
    application,
    row_count,
    stored_applications,
)

APPLICATION_ID = application().application_id


def message(kind: Any, application_id: UUID, **fields: Any) -> Any:
    facts = {"message_id": new_id(), "channel": "sms", "template": "decided"}
    return kind(application_id=application_id, **facts, **fields)


def entry(**fields: Any) -> Entry:
    defaults: dict[str, Any] = {"outcome": "refused", "note": NOTE, "trace_id": TRACE.trace_id}
    return Entry(new_id(), APPLICATION_ID, "application_decided", NOW, **(defaults | fields))


async def test_message_events_add_entries_and_change_nothing_else(tx: Transaction) -> None:
    """Entries are added once; the application is unchanged, and nothing is announced."""
    [one] = await stored_applications(tx)
    events = [
        message(MessageSent, one.application_id),
        message(MessageDelivered, one.application_id),
        message(MessageFailed, one.application_id, reason="unreachable"),
    ]
    for _ in range(2):
        await add_message_events(tx, Batch.of(*events))
    entries = await read_timeline(tx, one.application_id)
    after = await lock_applications(tx, [one.application_id])
    assert [entry.type for entry in entries] == [
        "message_sent",
        "message_delivered",
        "message_failed",
    ]
    assert after[one.application_id] == one
    assert await row_count(tx, "outbox") == 0


async def test_message_events_do_not_wait_for_a_locked_application(database: Database) -> None:
    """Entries are stored while another transaction locks the application."""
    async with database.transaction() as tx:
        [one] = await stored_applications(tx)
    async with database.transaction() as locking:
        await lock_applications(locking, [one.application_id])
        async with asyncio.timeout(2), database.transaction() as tx:
            await add_message_events(tx, Batch.of(message(MessageSent, one.application_id)))
    async with database.transaction() as tx:
        assert await row_count(tx, "timeline") == 1


async def test_a_message_event_of_an_unknown_application_is_refused(tx: Transaction) -> None:
    """The other events of the batch are added."""
    [one] = await stored_applications(tx)
    batch = Batch.of(message(MessageSent, new_id()), message(MessageSent, one.application_id))
    await add_message_events(tx, batch)
    assert [reason.code for _, reason in batch.refused] == ["unknown_key"]
    assert await row_count(tx, "timeline") == 1


async def test_an_entry_is_written_once_and_read_in_the_order_of_writing(tx: Transaction) -> None:
    """A repeated entry changes nothing, and the order does not depend on clocks."""
    first, second = entry(), entry(note=None, outcome=None)
    second = replace(second, at=NOW.replace(year=2020))
    await save(tx, [], [first, first])
    await save(tx, [], [second, replace(first, note=None)])
    assert await read_timeline(tx, APPLICATION_ID) == [first, second]
