"""Each message is handed over once, by two workers that do not wait for each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import new_id
from libs.messaging.batch import Batch
from libs.messaging.due import Worker
from libs.messaging.heldup import HeldUp
from libs.messaging.retry import RetryPolicy
from libs.messaging.work import Asked, Done
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.notifications import store
from services.notifications.consumers import on_application_events, on_identity_events
from services.notifications.domain.messages import DueMessage
from services.notifications.domain.progress import reported
from services.notifications.worker import (
    Provider,
    Tidying,
    record,
    send_codes,
    send_messages,
    tell_held_up,
)
from tests.services.notifications.fakes import FakeProvider
from tests.services.notifications.scenes import (
    CALL,
    CODE,
    PHONE,
    claimed,
    claimed_codes,
    contact,
    decided,
    everything_stored,
    in_state,
    message_id_of,
    state_of,
    submitted,
    told,
    told_types,
    waiting_code,
    waiting_message,
)


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def done(
    message: DueMessage,
    outcome: Any = None,
    failure: Exception | None = None,
    next_due_s: float | None = None,
) -> Done[DueMessage, Any]:
    """What came of one call."""
    return Done(message, outcome, failure, next_due_s, counts=True, trace=CALL)


@asynccontextmanager
async def working(
    database: Database, *, messages: Provider | None = None, codes: Provider | None = None
) -> AsyncIterator[None]:
    """Have the workers run on providers that stand in for the real one."""
    works = [
        (store.SEND_MESSAGES, send_messages(messages or FakeProvider(), now)),
        (store.SEND_CODES, send_codes(codes or FakeProvider(), now)),
    ]
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for name, work in works:
            worker = Worker(
                name,
                work,
                database=database,
                replica="0",
                tracing=Tracing("notifications"),
                metrics=Metrics("notifications"),
                policy=RetryPolicy(first_s=0.05, give_up_after_s=60),
            )
            tasks.create_task(worker.run(stop))
        try:
            yield
        finally:
            stop.set()


async def test_a_message_is_handed_over_and_told_in_the_trace_of_the_call(
    tx: Transaction,
) -> None:
    """What follows from a hand-over continues the span in which it was made."""
    await waiting_message(tx)
    (message,) = await claimed(tx)
    await record(tx, [done(message, "taken_over")])
    (event,) = await told(tx)
    assert event.type == "message_sent"
    assert event.message_id == message.message_id
    assert event.trace == CALL
    assert await state_of(tx, message.message_id) == "sent"


async def test_a_report_that_came_first_stands(tx: Transaction) -> None:
    """Our own note finds the message delivered, writes nothing and tells nothing again."""
    await waiting_message(tx)
    (message,) = await claimed(tx)
    known = await store.lock_progress(tx, [message.message_id])
    moved, _ = reported(known[message.message_id], "delivered", None)
    await store.save_progress(tx, [moved])
    delivered = await tx.fetchrow("SELECT ctid, state FROM messages")
    await record(tx, [done(message, "taken_over")])
    assert await tx.fetchrow("SELECT ctid, state FROM messages") == delivered
    assert await told_types(tx) == []


async def test_a_failed_call_is_tried_again_later(tx: Transaction) -> None:
    """Nothing is told, and the message is due when the policy says."""
    await waiting_message(tx)
    (message,) = await claimed(tx)
    await record(tx, [done(message, failure=Unavailable("sms"), next_due_s=60)])
    assert await claimed(tx) == []
    assert await state_of(tx, message.message_id) == "queued"
    assert await told_types(tx) == []


async def test_what_follows_a_failed_message_is_due_with_it(tx: Transaction) -> None:
    """No claim reads, for nothing, what has to wait for an earlier message anyway."""
    await on_identity_events(Batch.of(contact()), tx)
    first = submitted()
    second = decided(first.application_id)
    await on_application_events(Batch.of(first, second), tx)
    (message,) = await claimed(tx)
    await record(tx, [done(message, failure=Unavailable("sms"), next_due_s=60)])
    rows = await tx.fetch("SELECT due_at > now() AS later FROM messages")
    assert [row["later"] for row in rows] == [True, True]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (Unavailable("sms", f"no answer for {PHONE}"), "provider_unavailable"),
        (Refused("provider_refused", f"no such number {PHONE}"), "provider_refused"),
        (Unreadable("not_json", PHONE), "provider_answers_nonsense"),
        (ValueError(PHONE), "defect"),
    ],
)
async def test_a_message_failed_for_good_is_told_without_personal_data(
    tx: Transaction, failure: Exception, reason: str
) -> None:
    """One event with a reason code; the failure's own words go nowhere."""
    await waiting_message(tx)
    (message,) = await claimed(tx)
    await record(tx, [done(message, failure=failure)])
    (event,) = await told(tx)
    assert (event.type, event.reason) == ("message_failed", reason)
    assert PHONE not in str(await told(tx))
    rows = await tx.fetch("SELECT reason FROM messages")
    assert [row["reason"] for row in rows] == [reason]


async def test_a_code_is_forgotten_once_the_provider_has_it(tx: Transaction) -> None:
    """Neither code nor number stays behind, and nothing is told."""
    code_id = await waiting_code(tx)
    (message,) = await claimed_codes(tx)
    await record(tx, [done(message, "taken_over")])
    assert await state_of(tx, code_id) == "sent"
    stored = await everything_stored(tx)
    assert CODE not in stored
    assert PHONE not in stored
    assert await told_types(tx) == []


async def test_a_code_that_expires_in_hand_is_not_sent(tx: Transaction) -> None:
    """The last look at the clock is right before the call."""
    await waiting_code(tx)
    (message,) = await claimed_codes(tx)
    assert message.expires_at is not None
    expires_at = message.expires_at
    provider = FakeProvider()
    work = send_codes(provider, lambda: expires_at)
    (outcome,) = await work.act([Asked(message, CALL)])
    await record(tx, [done(message, outcome)])
    assert provider.asked == []
    assert await state_of(tx, message.message_id) == "expired"
    assert CODE not in await everything_stored(tx)


async def test_a_code_that_is_too_late_is_left_out_of_the_request_of_the_others(
    tx: Transaction,
) -> None:
    """The others are handed over, and each has its own end."""
    for seconds in (300, 100, 300):
        await waiting_code(tx, expires_in_s=seconds)
    messages = await claimed_codes(tx)
    provider = FakeProvider()
    work = send_codes(provider, lambda: now() + timedelta(seconds=200), per_request=100)
    outcomes = await work.act([Asked(message, CALL) for message in messages])
    assert outcomes == ["taken_over", "too_late", "taken_over"]
    assert provider.asked == [messages[0].message_id, messages[2].message_id]


async def test_a_message_deleted_meanwhile_hurts_nobody(tx: Transaction) -> None:
    """Outcomes of the same batch are recorded all the same."""
    for number in (1, 2):
        await waiting_message(tx, citizen_id=UUID(int=number))
    gone, stays = await claimed(tx)
    await tx.execute("DELETE FROM messages WHERE message_id = $1", gone.message_id)
    await record(tx, [done(gone, "taken_over"), done(stays, "taken_over")])
    assert await state_of(tx, stays.message_id) == "sent"


async def test_every_try_goes_under_the_same_id(database: Database) -> None:
    """A provider that took a message and lost the answer can tell the repeat from a new one."""
    provider = FakeProvider(Unavailable("sms"), Unreadable("not_json"))
    async with working(database, messages=provider):
        async with database.transaction() as tx:
            message_id = await waiting_message(tx)
        await in_state(database, [message_id], "sent")
    assert provider.asked == [message_id] * 3
    assert len(provider.taken) == 1


async def test_a_commit_wakes_the_worker(database: Database) -> None:
    """A message is handed over at once, without waiting for the next look at the table."""
    provider = FakeProvider()
    async with working(database, messages=provider):
        await asyncio.sleep(0.2)
        begun_s = asyncio.get_running_loop().time()
        async with database.transaction() as tx:
            message_id = await waiting_message(tx)
        await in_state(database, [message_id], "sent")
        assert asyncio.get_running_loop().time() - begun_s < 0.8


async def test_messages_of_one_application_arrive_in_order(database: Database) -> None:
    """The decision is handed over after the confirmation, also when that is tried twice."""
    provider = FakeProvider(Unavailable("sms"))
    first = submitted()
    second = decided(first.application_id)
    async with working(database, messages=provider):
        async with database.transaction() as tx:
            await on_identity_events(Batch.of(contact()), tx)
            await on_application_events(Batch.of(first, second), tx)
        wanted = [message_id_of(first), message_id_of(second)]
        await in_state(database, wanted, "sent")
    assert [message.message_id for message in provider.taken] == wanted


async def test_a_provider_slow_with_a_backlog_delays_no_code(database: Database) -> None:
    """A code is out while all hands for other messages are full."""
    slow, quick = FakeProvider(slow_s=2.0), FakeProvider()
    async with database.transaction() as tx:
        for number in range(1, 100):
            await waiting_message(tx, citizen_id=UUID(int=number))
    async with working(database, messages=slow, codes=quick), asyncio.timeout(1.0):
        await slow.until_asked(16)
        async with database.transaction() as tx:
            await waiting_code(tx)
        await quick.until_asked(1)
        assert slow.taken == []


async def test_tidying_closes_late_codes_and_deletes_old_messages(database: Database) -> None:
    """It goes on by itself until told to stop."""
    async with database.transaction() as tx:
        code_id = await waiting_code(tx, expires_in_s=-1)
        old = await waiting_message(tx)
        (message,) = await claimed(tx)
        await record(tx, [done(message, "taken_over")])
        await tx.execute(
            "UPDATE messages SET created_at = now() - interval '9 days' WHERE message_id = $1", old
        )
    stop = asyncio.Event()
    tidying = Tidying(database, keep_days=7, every_s=0.01)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tidying.run(stop))
        await in_state(database, [code_id], "expired")
        stop.set()
    async with database.transaction() as tx:
        assert await store.lock_progress(tx, [old]) == {}


async def test_news_that_we_could_not_take_in_stands_in_the_timeline(tx: Transaction) -> None:
    """No SMS says so, since it would go the way that failed: no loop."""
    application_id = new_id()
    await tell_held_up(tx, [HeldUp(7, application_id, "applications.v1", CALL)])
    (event,) = await told(tx)
    assert (event.type, event.application_id) == ("message_failed", application_id)
    assert event.trace == CALL
    assert await claimed(tx) == []
