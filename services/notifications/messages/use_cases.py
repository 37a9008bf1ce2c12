"""Messages about applications written, released, cancelled, shown."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from libs import jobs
from libs.bangladesh.text import Malformed
from libs.contracts.notifications import Channel, MessageList
from libs.database.transaction import Transaction
from libs.dead_letters.rules import BlockedApplication
from libs.errors import Refused
from libs.ids import parse_tracking_number
from libs.jobs import WritableJobQueue
from libs.messaging.writing import outbox
from services.notifications.messages import queries, rules
from services.notifications.messages.rules import (
    CHANNELS,
    ApplicationContact,
    ApplicationEvent,
    Contact,
    DueMessage,
    Message,
)


def message_queue(channels: Collection[Channel]) -> WritableJobQueue[Message, DueMessage]:
    """Make the queue of messages about applications on these channels."""
    return WritableJobQueue(
        "send_messages",
        insert=queries.insert_messages,
        claim=partial(queries.claim_messages, channels=channels),
        release=queries.release_claims,
        oldest_due_age_s=partial(queries.read_oldest_due_age_s, channels=channels),
    )


SEND_MESSAGES: Final = message_queue(CHANNELS)


async def write_messages(tx: Transaction, events: Sequence[ApplicationEvent]) -> None:
    """Queue the messages about application events; repeated events change nothing.

    A later message replaces a confirmation that still waits for the ministry's first answer. If
    that is an acknowledgement, the confirmation becomes due.
    """
    messages = rules.messages_of(events)
    replaced = rules.replaced_by(messages)
    if messages:
        await queries.lock_contacts(tx, {message.event.citizen_id for message in messages})
        if replaced:
            await queries.cancel_confirmations(tx, replaced)
        later = sum(message.wait_s > 0 for message in messages)
        await jobs.enqueue(tx, SEND_MESSAGES, messages, later=later)
    received = rules.received_in(events) - replaced
    if received and await queries.release_confirmations(tx, received):
        tx.notify_on_commit(SEND_MESSAGES.name)


async def lock_contacts(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Let no other transaction change these contacts, or erase their citizens, until this ends."""
    if citizen_ids:
        await queries.lock_contacts(tx, citizen_ids)


async def save_application_contacts(
    tx: Transaction, contacts: Sequence[ApplicationContact]
) -> None:
    """Let news of applications go to numbers that consented; the citizens' contacts are locked.

    Messages that waited for a number are due.
    """
    if contacts:
        await queries.insert_application_contacts(tx, contacts)
        await release_waiting(tx, {contact.citizen_id for contact in contacts})


async def delete_application_contacts(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the numbers that consented to a citizen's applications; return how many."""
    return await queries.delete_application_contacts(tx, citizen_id)


async def read_phone(tx: Transaction, citizen_id: UUID) -> str | None:
    """Return a citizen's number; None if there is none, or if it cannot be decrypted."""
    return await queries.read_phone(tx, citizen_id)


async def find_erased(tx: Transaction, citizen_ids: Collection[UUID]) -> set[UUID]:
    """Return those of these citizens who were erased."""
    return await queries.find_erased(tx, citizen_ids)


async def find_consented_for(tx: Transaction, phone: str) -> set[UUID]:
    """Return the citizens to whose applications a number has consented."""
    return await queries.find_consented_for(tx, phone)


async def forget_phone(tx: Transaction, phone: str) -> int:
    """Send no more news to a number that consented for others; return of how many applications.

    The contacts of their citizens are locked. What is still to be sent waits for a number of the
    citizen; the centre tells her.
    """
    return await queries.delete_application_contacts_with(tx, phone)


async def read_messages(
    tx: Transaction, citizen_id: UUID, tracking_number: str, now: datetime
) -> MessageList:
    """Return the messages about a citizen's own application, oldest first.

    Raises:
        Refused: there are none under this number, in any spelling, for this citizen.
    """
    try:
        number = parse_tracking_number(tracking_number)
    except Malformed as malformed:
        raise Refused("messages_unknown", malformed.reason) from None
    messages = await queries.read_messages(tx, citizen_id, number)
    if not messages:
        raise Refused("messages_unknown")
    return MessageList(items=[rules.view(message, now) for message in messages])


async def release_waiting(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Make messages due that waited for the contacts of these citizens."""
    if await queries.release_waiting_messages(tx, citizen_ids):
        tx.notify_on_commit(SEND_MESSAGES.name)


async def hold_waiting(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Let the messages of these citizens wait for a number."""
    if citizen_ids:
        await queries.hold_waiting_messages(tx, citizen_ids)


async def announce_blocked(tx: Transaction, blocked: Sequence[BlockedApplication]) -> None:
    """Announce that messages about these applications did not go out, for their timelines.

    The citizen gets no message about it, since the same code would have to send it.
    """
    events = [
        rules.message_blocked(
            blocked_application.application_id,
            blocked_application.dead_letter_id,
            blocked_application.trace,
        )
        for blocked_application in blocked
    ]
    await outbox.add(tx, events)


async def save_contacts(tx: Transaction, contacts: Sequence[Contact]) -> None:
    """Save contacts that are newer than their rows; an erased citizen stays erased."""
    await queries.save_contacts(tx, contacts)


async def erase_contact(tx: Transaction, citizen_id: UUID, erased_at: datetime) -> int:
    """Delete a citizen's number, and mark the citizen as erased for ever.

    The row stays locked until the transaction ends, so that no message is written meanwhile.

    Returns:
        1, or 0 if there was no number.
    """
    return await queries.erase_contact(tx, citizen_id, erased_at)


async def delete_messages(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Delete all messages to a citizen, one-time codes among them; return their ids."""
    return await queries.delete_messages(tx, citizen_id)
