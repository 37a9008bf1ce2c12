"""Messages about applications written, released, cancelled."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from libs import jobs
from libs.database.transaction import Transaction
from libs.dead_letters.rules import BlockedApplication
from libs.jobs import JobQueue
from libs.messaging import outbox
from services.notifications.messages import queries, rules
from services.notifications.messages.rules import ApplicationEvent, Message

SEND_MESSAGES: Final = JobQueue(
    "send_messages",
    insert=queries.insert_messages,
    claim=queries.claim_messages,
    release=queries.release_claims,
)
"""The queue of messages about applications."""


async def write_messages(tx: Transaction, events: Sequence[ApplicationEvent]) -> None:
    """Queue the messages about application events; repeated events change nothing."""
    messages = [
        Message(event, template) for event in events if (template := rules.template_for(event))
    ]
    await queries.lock_contacts(tx, {message.event.citizen_id for message in messages})
    await jobs.enqueue(tx, SEND_MESSAGES, messages)


async def release_waiting(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Make messages due that waited for the contacts of these citizens."""
    if await queries.release_waiting_messages(tx, citizen_ids):
        tx.notify_on_commit(SEND_MESSAGES.name)


async def cancel_erased(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Cancel messages and codes that wait for erased citizens among these."""
    await queries.cancel_erased_messages(tx, citizen_ids)


async def announce_blocked(tx: Transaction, blocked: Sequence[BlockedApplication]) -> None:
    """Announce that messages about these applications did not go out, for their timelines.

    The citizen gets no message about it, since the same code would have to send it.
    """
    events = [
        rules.message_blocked(each.application_id, each.dead_letter_id, each.trace)
        for each in blocked
    ]
    await outbox.add(tx, events)
