"""Due messages are taken once, in order, and codes only while they are worth something."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.jobs import NO_LEASE, Lease
from services.notifications.codes.use_cases import SEND_CODES
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.messages.queries import hold_contacts
from services.notifications.messages.rules import SMS, Message
from services.notifications.messages.use_cases import SEND_MESSAGES, write_messages
from services.notifications.sending.queries import Retry, save_retries
from tests.services.notifications.scenes import (
    CITIZEN,
    LEASE,
    claimed,
    claimed_codes,
    code_requested,
    contact,
    decided,
    message_id_of,
    submitted,
    waiting_code,
    waiting_message,
)


async def test_two_runners_never_take_the_same_message(database: Database) -> None:
    """What one transaction has taken, another passes over without waiting."""
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
    """A runner that died without a successor of its name holds its messages only so long."""
    await waiting_message(tx)
    await SEND_MESSAGES.claim(tx, replace(LEASE, holder="dead", duration_s=0))
    assert len(await claimed(tx, holder="other")) == 1
    assert await claimed(tx, holder="third") == []


async def test_a_runner_releases_at_its_start_what_it_held_when_killed(tx: Transaction) -> None:
    """Only its own claims are released."""
    await waiting_message(tx)
    await claimed(tx, holder="one")
    await SEND_MESSAGES.release(tx, "two")
    assert await claimed(tx, holder="one") == []
    await SEND_MESSAGES.release(tx, "one")
    assert len(await claimed(tx, holder="one")) == 1


async def test_nothing_is_taken_while_the_provider_is_not_to_be_called(tx: Transaction) -> None:
    """With the circuit breaker open, messages stay where they are."""
    await waiting_message(tx)
    await waiting_code(tx)
    for queue in (SEND_MESSAGES, SEND_CODES):
        assert await queue.claim(tx, replace(LEASE, excluded=[SMS])) == []


async def test_codes_and_messages_are_taken_apart(tx: Transaction) -> None:
    """No backlog of messages stands before a code."""
    for number in range(1, 4):
        await waiting_message(tx, citizen_id=UUID(int=number))
    code_id = await waiting_code(tx)
    assert [message.message_id for message in await claimed_codes(tx)] == [code_id]
    assert code_id not in [message.message_id for message in await claimed(tx)]


async def test_a_message_behind_one_that_waits_for_its_next_attempt_is_due_with_it(
    tx: Transaction,
) -> None:
    """Neither what waited already nor what comes now is read by every claim for nothing."""
    await save_contacts(tx, [contact()])
    first = submitted()
    await write_messages(tx, [first, decided(first.application_id)])
    retry = Retry(message_id_of(first), "provider_unavailable", 600, counts=True)
    await save_retries(tx, [retry])
    await write_messages(tx, [decided(first.application_id)])
    rows = await tx.fetch("SELECT DISTINCT due_at > now() AS later FROM messages")
    assert [row["later"] for row in rows] == [True]


async def queued(tx: Transaction, *events: Any, lease: Lease = LEASE) -> list[UUID]:
    """Queue the messages about these events, and return those claimed at once."""
    await hold_contacts(tx, {event.citizen_id for event in events})
    messages = [Message(event, "submitted") for event in events]
    return [each.message_id for each in await SEND_MESSAGES.insert(tx, messages, lease)]


async def test_a_message_that_waits_for_nothing_is_claimed_as_it_is_queued(tx: Transaction) -> None:
    """It comes as a claim returns it, no other runner takes it, and a repeat does not either."""
    await save_contacts(tx, [contact()])
    new = [Message(submitted(), "submitted")]
    (taken,) = await SEND_MESSAGES.insert(tx, new, LEASE)
    assert await SEND_MESSAGES.insert(tx, new, LEASE) == []
    assert await claimed(tx, holder="two") == []
    await SEND_MESSAGES.release(tx, "one")
    assert await claimed(tx, holder="two") == [taken]


async def test_a_code_that_is_good_is_claimed_as_it_is_queued(tx: Transaction) -> None:
    """It comes as a claim returns it, no other runner takes it, and a repeat does not either."""
    new = [code_requested(expires_in_s=-1), code_requested()]
    (taken,) = await SEND_CODES.insert(tx, new, LEASE)
    assert taken.message_id == message_id_of(new[1])
    assert await SEND_CODES.insert(tx, new, LEASE) == []
    assert await claimed_codes(tx) == []
    await SEND_CODES.release(tx, "one")
    assert await claimed_codes(tx) == [taken]


async def test_a_message_behind_another_of_its_application_is_left_to_the_claim(
    tx: Transaction,
) -> None:
    """Whether that one came in the same batch, or is still in the queue."""
    await save_contacts(tx, [contact()])
    first = submitted()
    decision = decided(first.application_id)
    assert await queued(tx, first, decision) == [message_id_of(first)]
    assert await queued(tx, decided(first.application_id)) == []


async def test_a_message_whose_contact_is_not_known_is_left_to_the_claim(tx: Transaction) -> None:
    """It is due when the contact comes, and is claimed then."""
    event = submitted()
    assert await queued(tx, event) == []
    await save_contacts(tx, [contact()])
    assert [each.message_id for each in await claimed(tx)] == [message_id_of(event)]


@pytest.mark.parametrize(
    "lease", [NO_LEASE, replace(LEASE, limit=0), replace(LEASE, excluded=[SMS])]
)
async def test_nothing_is_claimed_that_no_runner_would_send(tx: Transaction, lease: Lease) -> None:
    """Without a runner, with one that has no room, and with a provider not to be called."""
    await save_contacts(tx, [contact()])
    event, code = submitted(), code_requested()
    assert await queued(tx, event, lease=lease) == []
    assert await SEND_CODES.insert(tx, [code], lease) == []
    assert [each.message_id for each in await claimed(tx)] == [message_id_of(event)]
    assert [each.message_id for each in await claimed_codes(tx)] == [message_id_of(code)]


@pytest.mark.parametrize("lease", [replace(LEASE, limit=2), replace(LEASE, per_destination=2)])
async def test_no_more_is_claimed_than_there_is_room_for(tx: Transaction, lease: Lease) -> None:
    """In all, and on one channel; the rest is there for the next claim."""
    await save_contacts(tx, [contact()])
    events = [submitted() for _ in range(5)]
    assert await queued(tx, *events, lease=lease) == [message_id_of(event) for event in events[:2]]
    assert len(await SEND_MESSAGES.claim(tx, lease)) == 2
    assert len(await claimed(tx)) == 1
    assert len(await SEND_CODES.insert(tx, [code_requested() for _ in range(5)], lease)) == 2
    assert len(await SEND_CODES.claim(tx, lease)) == 2


async def test_the_claim_reads_an_index_however_long_the_table(database: Database) -> None:
    """With 20,000 messages done and 2,000 due later, a claim scans neither."""
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
    """Not even where the planner last looked in a quiet hour, with nothing queued."""
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
        await write_messages(tx, [submitted() for _ in range(50)])
        assert after_claim - before < 2_500
        assert await _entries_read(tx) - after_claim < 500


async def _entries_read(tx: Transaction) -> int:
    """Entries of the indexes of `messages` that this transaction has read."""
    entries: int = await tx.fetchval(
        """
        SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid))::bigint
          FROM pg_index
         WHERE indrelid = 'messages'::regclass
        """
    )
    return entries


async def _rows_scanned(tx: Transaction) -> int:
    """Rows of `messages` that this transaction has read by scanning it."""
    rows: int = await tx.fetchval("SELECT pg_stat_get_xact_tuples_returned('messages'::regclass)")
    return rows
