"""Claims of messages and codes: once, in order, and codes only while they are valid."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.jobs import NO_LEASE, Lease
from services.notifications.codes.use_cases import SEND_CODES
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.messages.queries import lock_contacts
from services.notifications.messages.rules import SMS, Message, message_id_for
from services.notifications.messages.use_cases import SEND_MESSAGES, message_queue, write_messages
from services.notifications.sending.queries import Retry, save_retries
from tests.services.notifications.scenes import (
    CITIZEN,
    LEASE,
    claimed,
    claimed_codes,
    code_requested,
    contact,
    decided,
    delayed,
    message_id_of,
    waiting_code,
    waiting_message,
)


async def test_concurrent_claims_do_not_overlap(database: Database) -> None:
    """A claim skips rows that another transaction has locked."""
    async with database.transaction() as tx:
        wanted = {await waiting_message(tx, citizen_id=UUID(int=number)) for number in range(1, 7)}
    async with database.transaction() as one, database.transaction() as two:
        few = replace(LEASE, limit=4)
        first = [message.message_id for message in await SEND_MESSAGES.claim(one, few)]
        second = [message.message_id for message in await claimed(two, holder="two")]
    assert len(first) == 4
    assert set(first) | set(second) == wanted
    assert not set(first) & set(second)


async def test_a_claim_ends_with_its_lease(tx: Transaction) -> None:
    """Messages of a killed runner can be claimed again after the lease."""
    await waiting_message(tx)
    await SEND_MESSAGES.claim(tx, replace(LEASE, holder="dead", duration_s=0))
    assert len(await claimed(tx, holder="other")) == 1
    assert await claimed(tx, holder="third") == []


async def test_a_runner_releases_its_earlier_claims(tx: Transaction) -> None:
    """Claims of other runners stay."""
    await waiting_message(tx)
    (message,) = await claimed(tx, holder="one")
    await SEND_MESSAGES.release(tx, "one", [message.key])
    await SEND_MESSAGES.release(tx, "two")
    assert await claimed(tx, holder="one") == []
    await SEND_MESSAGES.release(tx, "one")
    assert len(await claimed(tx, holder="one")) == 1


async def test_no_message_of_an_excluded_channel_is_claimed(tx: Transaction) -> None:
    """While the circuit breaker is open, messages stay in the queue."""
    await waiting_message(tx)
    await waiting_code(tx)
    for queue in (SEND_MESSAGES, SEND_CODES):
        assert await queue.claim(tx, replace(LEASE, excluded=[SMS])) == []


async def test_codes_and_messages_are_claimed_separately(tx: Transaction) -> None:
    """A backlog of messages does not delay a code."""
    for number in range(1, 4):
        await waiting_message(tx, citizen_id=UUID(int=number))
    code_id = await waiting_code(tx)
    assert [message.message_id for message in await claimed_codes(tx)] == [code_id]
    assert code_id not in [message.message_id for message in await claimed(tx)]


async def test_a_message_behind_one_that_waits_for_its_next_attempt_is_due_with_it(
    tx: Transaction,
) -> None:
    """So that not every claim reads it in vain."""
    await save_contacts(tx, [contact()])
    first = delayed()
    await write_messages(tx, [first, decided(first.application_id)])
    retry = Retry(message_id_of(first), "provider_unavailable", 600, counts=True)
    await save_retries(tx, [retry])
    await write_messages(tx, [decided(first.application_id)])
    rows = await tx.fetch("SELECT DISTINCT due_at > now() AS later FROM messages")
    assert [row["later"] for row in rows] == [True]


async def test_a_message_behind_one_of_another_channel_is_claimed(tx: Transaction) -> None:
    """Neither a message that is due there nor its next attempt makes it wait."""
    await save_contacts(tx, [contact()])
    event = delayed()
    letter = Message(event, "delayed", "letter")
    await SEND_MESSAGES.insert(tx, [Message(event, "delayed"), letter], NO_LEASE)
    await save_retries(tx, [Retry(message_id_of(event), "provider_unavailable", 600, counts=True)])
    (due,) = await message_queue(["sms", "letter"]).claim(tx, LEASE)
    assert (due.message_id, due.channel) == (message_id_for(event, "letter"), "letter")


async def test_a_message_behind_one_of_another_channel_is_claimed_when_it_is_queued(
    tx: Transaction,
) -> None:
    """The earlier message is in the queue, or in the same batch."""
    await waiting_message(tx)
    first, second = delayed(), delayed()
    await SEND_MESSAGES.insert(tx, [Message(first, "delayed")], NO_LEASE)
    letters = [Message(event, "delayed", "letter") for event in (first, second)]
    claimed_at_once = await SEND_MESSAGES.insert(tx, [Message(second, "delayed"), *letters], LEASE)
    assert [(message.message_id, message.channel) for message in claimed_at_once] == [
        (message_id_of(second), "sms"),
        (message_id_for(first, "letter"), "letter"),
        (message_id_for(second, "letter"), "letter"),
    ]


async def queued(tx: Transaction, *events: Any, lease: Lease = LEASE) -> list[UUID]:
    """Queue the messages about these events, and return those claimed at once."""
    await lock_contacts(tx, {event.citizen_id for event in events})
    messages = [Message(event, "delayed") for event in events]
    return [
        due_message.message_id for due_message in await SEND_MESSAGES.insert(tx, messages, lease)
    ]


async def test_a_message_is_claimed_when_it_is_queued(tx: Transaction) -> None:
    """It is returned as by a claim, and no other runner claims it."""
    await save_contacts(tx, [contact()])
    new = [Message(delayed(), "delayed")]
    (taken,) = await SEND_MESSAGES.insert(tx, new, LEASE)
    assert await SEND_MESSAGES.insert(tx, new, LEASE) == []
    assert await claimed(tx, holder="two") == []
    await SEND_MESSAGES.release(tx, "one")
    assert await claimed(tx, holder="two") == [taken]


async def test_a_valid_code_is_claimed_when_it_is_queued(tx: Transaction) -> None:
    """It is returned as by a claim, and no other runner claims it."""
    new = [code_requested(expires_in_s=-1), code_requested()]
    (taken,) = await SEND_CODES.insert(tx, new, LEASE)
    assert taken.message_id == message_id_of(new[1])
    assert await SEND_CODES.insert(tx, new, LEASE) == []
    assert await claimed_codes(tx) == []
    await SEND_CODES.release(tx, "one")
    assert await claimed_codes(tx) == [taken]


async def test_a_message_behind_another_is_not_claimed_when_it_is_queued(
    tx: Transaction,
) -> None:
    """The earlier message is in the same batch, or in the queue."""
    await save_contacts(tx, [contact()])
    first = delayed()
    decision = decided(first.application_id)
    assert await queued(tx, first, decision) == [message_id_of(first)]
    assert await queued(tx, decided(first.application_id)) == []


async def test_a_message_without_a_contact_is_not_claimed_when_it_is_queued(
    tx: Transaction,
) -> None:
    """It is due when the contact is saved, and then claimed."""
    event = delayed()
    assert await queued(tx, event) == []
    await save_contacts(tx, [contact()])
    assert [due_message.message_id for due_message in await claimed(tx)] == [message_id_of(event)]


@pytest.mark.parametrize(
    "lease", [NO_LEASE, replace(LEASE, limit=0), replace(LEASE, excluded=[SMS])]
)
async def test_a_lease_without_room_claims_nothing(tx: Transaction, lease: Lease) -> None:
    """There is no runner, it has no free slot, or the channel is excluded."""
    await save_contacts(tx, [contact()])
    event, code = delayed(), code_requested()
    assert await queued(tx, event, lease=lease) == []
    assert await SEND_CODES.insert(tx, [code], lease) == []
    assert [due_message.message_id for due_message in await claimed(tx)] == [message_id_of(event)]
    assert [claimed_code.message_id for claimed_code in await claimed_codes(tx)] == [
        message_id_of(code)
    ]


@pytest.mark.parametrize("lease", [replace(LEASE, limit=2), replace(LEASE, per_destination=2)])
async def test_no_more_is_claimed_than_the_lease_allows(tx: Transaction, lease: Lease) -> None:
    """The limits of the lease and of one channel apply; the others stay due."""
    await save_contacts(tx, [contact()])
    events = [delayed() for _ in range(5)]
    assert await queued(tx, *events, lease=lease) == [message_id_of(event) for event in events[:2]]
    assert len(await SEND_MESSAGES.claim(tx, lease)) == 2
    assert len(await claimed(tx)) == 1
    assert len(await SEND_CODES.insert(tx, [code_requested() for _ in range(5)], lease)) == 2
    assert len(await SEND_CODES.claim(tx, lease)) == 2


async def test_a_claim_uses_an_index(database: Database) -> None:
    """With 20,000 sent messages and 2,000 due later, a claim scans neither."""
    async with database.transaction() as tx:
        await save_contacts(tx, [contact()])
        await tx.execute(
            """
            INSERT INTO messages (message_id, citizen_id, application_id, template, state, due_at)
            SELECT gen_random_uuid(), $1, gen_random_uuid(), 'approved',
                   CASE WHEN n > 20000 THEN 'queued' ELSE 'delivered' END,
                   CASE WHEN n > 20000 THEN now() + interval '1 hour' END
              FROM generate_series(1, 22000) AS n
            """,
            CITIZEN,
        )
        await tx.execute("ANALYZE messages")
        await waiting_message(tx)
    async with database.transaction() as tx:
        before = await _rows_scanned(tx)
        assert len(await claimed(tx)) == 1
        assert await _rows_scanned(tx) - before < 100


async def test_the_queue_is_not_read_for_each_message(database: Database) -> None:
    """The plan is the same with statistics of an empty queue."""
    fill = """
        INSERT INTO messages (message_id, citizen_id, application_id, template, state, due_at)
        SELECT gen_random_uuid(), $1, gen_random_uuid(), 'approved', $2, now()
          FROM generate_series(1, $3)
    """
    async with database.transaction() as tx:
        await save_contacts(tx, [contact()])
        await tx.execute(fill, CITIZEN, "delivered", 20_000)
        await tx.execute("ANALYZE messages")
        await tx.execute(fill, CITIZEN, "queued", 500)
    async with database.transaction() as tx:
        before = await _entries_read(tx)
        assert len(await claimed(tx)) > 10
        after_claim = await _entries_read(tx)
        await write_messages(tx, [delayed() for _ in range(50)])
        assert after_claim - before < 2_500
        assert await _entries_read(tx) - after_claim < 500


async def _entries_read(tx: Transaction) -> int:
    """Return how many index entries of `messages` this transaction has read."""
    entries: int = await tx.fetchval(
        """
        SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid))::bigint
          FROM pg_index
         WHERE indrelid = 'messages'::regclass
        """
    )
    return entries


async def _rows_scanned(tx: Transaction) -> int:
    """Return how many rows of `messages` sequential scans of this transaction have read."""
    rows: int = await tx.fetchval("SELECT pg_stat_get_xact_tuples_returned('messages'::regclass)")
    return rows
