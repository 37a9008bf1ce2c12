"""Adds news of messages to timelines, and reads timelines."""

from typing import TypeAlias
from uuid import UUID

from libs.contracts.notifications import MessageDelivered, MessageFailed, MessageSent
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.batch import Batch
from services.applications.timeline import queries
from services.applications.timeline.rules import Entry, entries_of

MessageEvent: TypeAlias = MessageSent | MessageDelivered | MessageFailed


async def add_message_events(tx: Transaction, batch: Batch[MessageEvent]) -> None:
    """Add what became of messages to the timelines; applications are neither locked nor changed.

    An event of an unknown application is refused.
    """
    existing = await queries.existing_applications(tx, batch.keys())
    known = [event for event in batch.events if event.application_id in existing]
    for event in batch.events:
        if event.application_id not in existing:
            batch.refuse(event, Refused("unknown_key", f"no row for this {event.type}"))
    await queries.insert_entries(tx, entries_of(known))


async def read_timeline(tx: Transaction, application_id: UUID) -> list[Entry]:
    """Read the timeline of an application, oldest entry first."""
    return await queries.read_timeline(tx, application_id)
