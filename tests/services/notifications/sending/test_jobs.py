"""Every message is sent once; the job runners of messages and codes are independent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from libs.clock import Clock
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.admin import DeadLetterAdmin
from libs.dead_letters.rules import JournalNote, Selection
from libs.errors import Refused, Unavailable, Unreadable
from libs.jobs import NO_LEASE, Attempt, JobQueue, JobResult, JobRunner, RetryPolicy
from libs.messaging.reading.redelivery import mark_handled, redelivery
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.notifications.codes.use_cases import SEND_CODES, close_expired_codes, write_codes
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.messages.rules import DueMessage, Message, message_id_for
from services.notifications.messages.use_cases import SEND_MESSAGES, message_queue, write_messages
from services.notifications.notices import use_cases as notices
from services.notifications.notices.use_cases import SEND_NOTICES
from services.notifications.sending.adapters.provider import Provider
from services.notifications.sending.jobs import (
    MANUAL_ACTIONS,
    code_retry_policy,
    message_retry_policy,
    send,
    send_jobs,
)
from services.notifications.sending.use_cases import record_results
from services.notifications.settings import Settings
from tests.libs.messaging import scenes
from tests.services.notifications.scenes import (
    CALL,
    CODE,
    PHONE,
    FakeProvider,
    claimed_codes,
    code_requested,
    contact,
    decided,
    delayed,
    everything_stored,
    message_id_of,
    notice_requested,
    state_of,
    waiting_code,
    waiting_message,
    waiting_notice,
)
from tests.waiting import PATIENCE_S, until

SETTINGS = Settings.model_validate({"sms_secret": "s" * 32})
QUICK = RetryPolicy(first_s=0.05, give_up_after_s=60)


@asynccontextmanager
async def running(
    database: Database,
    *,
    messages: Provider | None = None,
    codes: Provider | None = None,
    notices: Provider | None = None,
    policy: RetryPolicy = QUICK,
    poll_s: float = 0.05,
) -> AsyncIterator[None]:
    """Run the job runners; at the end calls under way are finished and recorded."""
    runners = [
        JobRunner(
            send_jobs(queue, {"sms": provider or FakeProvider()}),
            database=database,
            replica="0",
            tracing=Tracing("notifications"),
            metrics=Metrics("notifications"),
            policy=policy,
            poll_s=poll_s,
        )
        for queue, provider in (
            (SEND_MESSAGES, messages),
            (SEND_CODES, codes),
            (SEND_NOTICES, notices),
        )
    ]
    async with scenes.running(*runners):
        await until(lambda: all(runner.health().ready for runner in runners))
        yield


def admin_of(database: Database) -> DeadLetterAdmin:
    """The dead-letter admin of the service."""
    redeliver = redelivery({}, Tracing("test"))
    actions = {**MANUAL_ACTIONS, **notices.MANUAL_ACTIONS}
    return DeadLetterAdmin("notifications", database, redeliver, mark_handled, actions)


async def committed_state(database: Database, message_id: UUID) -> str:
    async with database.transaction() as tx:
        return await state_of(tx, message_id)


@pytest.mark.parametrize("write", [waiting_message, waiting_code, waiting_notice])
async def test_a_new_message_is_sent_at_once(
    database: Database, write: Callable[[Transaction], Awaitable[UUID]]
) -> None:
    """A message or code does not wait for the next poll."""
    provider = FakeProvider()
    async with running(database, messages=provider, codes=provider, notices=provider, poll_s=3600):
        async with database.transaction() as tx:
            message_id = await write(tx)
        await provider.until_called(1)
    assert provider.called_for == [message_id]
    assert await committed_state(database, message_id) == "sent"


@pytest.mark.parametrize(
    ("write", "queue"),
    [
        (waiting_message, SEND_MESSAGES),
        (waiting_code, SEND_CODES),
        (waiting_notice, SEND_NOTICES),
    ],
)
async def test_each_lane_says_how_late_it_is(
    tx: Transaction,
    write: Callable[[Transaction], Awaitable[UUID]],
    queue: JobQueue[DueMessage],
) -> None:
    """By its own oldest due message: one that is due later is not late."""
    late = await write(tx)
    for other in (waiting_message, waiting_code, waiting_notice):
        await other(tx)
    await tx.execute("UPDATE messages SET due_at = now() + interval '1 hour'")
    assert await queue.oldest_due_age_s(tx) == 0
    await tx.execute(
        "UPDATE messages SET due_at = now() - interval '90 s' WHERE message_id = $1", late
    )
    ages = [await each.oldest_due_age_s(tx) for each in (SEND_MESSAGES, SEND_CODES, SEND_NOTICES)]
    assert sorted(ages) == [0, 0, 90]
    assert await queue.oldest_due_age_s(tx) == 90


async def test_it_is_seen_how_long_a_code_took(database: Database) -> None:
    """From the request to the provider; one that no provider took took an hour."""
    metrics = Metrics("notifications")
    ages = metrics.histogram("code_handed_over_s")
    runner = JobRunner(
        send_jobs(SEND_CODES, {"sms": FakeProvider()}, handed_over=ages.observe),
        database=database,
        replica="0",
        tracing=Tracing("notifications"),
        metrics=metrics,
        policy=QUICK,
    )
    asked = code_requested()
    early = asked.model_copy(update={"occurred_at": asked.occurred_at - timedelta(seconds=70)})
    async with database.transaction() as tx:
        await write_codes(tx, [early])
    async with scenes.running(runner):
        await until(lambda: ages.sum)
    assert 70 <= ages.sum < 600
    async with database.transaction() as tx:
        await waiting_code(tx, expires_in_s=-1)
        await tx.execute("UPDATE messages SET claimed_by = NULL, claimed_until = NULL")
        await close_expired_codes(tx, metrics=metrics)
    assert ages.sum >= 3670


@pytest.mark.parametrize(
    ("write", "damage"),
    [
        (waiting_message, "UPDATE contacts SET phone = left(phone, 60)"),
        (waiting_code, "UPDATE codes SET code = left(code, 50)"),
        (waiting_code, "UPDATE codes SET phone = code"),
        (waiting_notice, "UPDATE notices SET notice_text = phone"),
        (waiting_notice, "UPDATE notices SET phone = reverse(phone)"),
    ],
)
async def test_a_damaged_row_is_a_dead_letter_and_the_others_are_sent(
    database: Database, write: Callable[[Transaction], Awaitable[UUID]], damage: str
) -> None:
    """No runner ends, the provider is not called for it, and an operator sees what it was."""
    provider = FakeProvider()
    async with database.transaction() as tx:
        damaged = await write(tx)
        await tx.execute(damage)
        if write is waiting_message:
            whole = await waiting_message(tx, citizen_id=UUID(int=2))
        else:
            whole = await write(tx)
    async with running(database, messages=provider, codes=provider, notices=provider):
        await until(partial(_is, database, damaged, "failed"))
        await until(partial(_is, database, whole, "sent"))
    assert provider.called_for == [whole]
    async with database.transaction() as tx:
        letters = await tx.fetch("SELECT dead_letter_id, job_key, reason FROM dead_letters")
    assert [tuple(row)[1:] for row in letters] == [(str(damaged), "unopened.Forged")]


async def _is(database: Database, message_id: UUID, state: str) -> bool:
    return await committed_state(database, message_id) == state


async def test_a_code_that_expires_while_claimed_is_not_sent(tx: Transaction) -> None:
    """The expiry is checked right before the call."""
    await waiting_code(tx)
    (message,) = await claimed_codes(tx)
    assert message.expires_at is not None
    expires_at = message.expires_at
    provider = FakeProvider()
    outcomes = await send({"sms": provider}, Clock(lambda: expires_at), [Attempt(message, CALL)])
    assert outcomes == ["expired"]
    await record_results(tx, [JobResult(message, "expired", None, None, counts=True, trace=CALL)])
    assert provider.called_for == []
    assert await state_of(tx, message.message_id) == "expired"
    assert CODE not in await everything_stored(tx)


async def test_an_expired_code_is_left_out_of_the_request_of_the_others(tx: Transaction) -> None:
    """The others are sent, and each message has its own result."""
    for seconds in (300, 100, 300):
        await waiting_code(tx, expires_in_s=seconds)
    messages = await claimed_codes(tx)
    provider = FakeProvider()
    later = datetime.now(UTC) + timedelta(seconds=200)
    attempts = [Attempt(message, CALL) for message in messages]
    outcomes = await send({"sms": provider}, Clock(lambda: later), attempts)
    assert outcomes == ["sent", "expired", "sent"]
    assert provider.called_for == [messages[0].message_id, messages[2].message_id]


async def test_every_attempt_has_the_same_key(database: Database) -> None:
    """The provider recognises the repeat after a lost response."""
    provider = FakeProvider(Unavailable("sms"), Unreadable("not_json"))
    async with running(database, messages=provider):
        async with database.transaction() as tx:
            message_id = await waiting_message(tx)
        await provider.until_called(3)
    assert await committed_state(database, message_id) == "sent"
    assert provider.called_for == [message_id] * 3
    assert len(provider.taken) == 1


async def test_messages_of_one_application_arrive_in_order(database: Database) -> None:
    """The decision is sent after the confirmation, also when that takes two attempts."""
    provider = FakeProvider(Unavailable("sms"))
    first = delayed()
    second = decided(first.application_id)
    async with running(database, messages=provider):
        async with database.transaction() as tx:
            await save_contacts(tx, [contact()])
            await write_messages(tx, [first, second])
        await provider.until_called(3)
    wanted = [message_id_of(first), message_id_of(second)]
    assert [message.message_id for message in provider.taken] == wanted


async def test_a_dead_provider_holds_no_message_of_another_channel(database: Database) -> None:
    """A message waits for the earlier ones of its application on its own channel only."""
    dead, alive = FakeProvider(*[Unavailable("sms")] * 1_000), FakeProvider()
    queue = message_queue(["sms", "letter"])
    events = [delayed(citizen_id=UUID(int=number)) for number in range(1, 21)]
    async with database.transaction() as tx:
        await save_contacts(tx, [contact(citizen_id=event.citizen_id) for event in events])
        for channel in ("sms", "letter"):
            messages = [Message(event, "delayed", channel) for event in events]
            await queue.insert(tx, messages, NO_LEASE)
    runner = JobRunner(
        send_jobs(queue, {"sms": dead, "letter": alive}),
        database=database,
        replica="0",
        tracing=Tracing("notifications"),
        metrics=Metrics("notifications"),
        policy=QUICK,
        poll_s=0.05,
    )
    async with scenes.running(runner):
        await dead.until_called(1)
        await alive.until_called(len(events))
    assert {message.message_id for message in alive.taken} == {
        message_id_for(event, "letter") for event in events
    }
    assert dead.taken == []


async def test_a_slow_provider_with_a_backlog_delays_no_code(database: Database) -> None:
    """A code is sent while all calls for messages wait."""
    may_answer = asyncio.Event()
    slow, quick = FakeProvider(may_answer=may_answer), FakeProvider()
    async with database.transaction() as tx:
        for number in range(1, 100):
            await waiting_message(tx, citizen_id=UUID(int=number))
    async with running(database, messages=slow, codes=quick), asyncio.timeout(PATIENCE_S):
        await slow.until_called(16)
        async with database.transaction() as tx:
            await waiting_code(tx)
        await quick.until_called(1)
        assert slow.taken == []
        may_answer.set()


async def test_ten_thousand_notices_delay_no_code(database: Database) -> None:
    """A suspension tells so many citizens at once; a code is handed over first."""
    may_answer = asyncio.Event()
    slow, quick = FakeProvider(may_answer=may_answer), FakeProvider()
    told = [notice_requested(citizen_id=UUID(int=number)) for number in range(1, 10_001)]
    async with running(database, notices=slow, codes=quick), asyncio.timeout(PATIENCE_S):
        async with database.transaction() as tx:
            await save_contacts(tx, told)
        await slow.until_called(1)
        async with database.transaction() as tx:
            code_id = await waiting_code(tx)
        await quick.until_called(1)
        assert (quick.called_for, slow.taken) == ([code_id], [])
        may_answer.set()


async def test_a_damaged_notice_is_a_dead_letter_and_the_others_are_sent(
    database: Database,
) -> None:
    """The number of another one in its row is not used, and an operator sees that it is damaged."""
    provider = FakeProvider()
    async with database.transaction() as tx:
        damaged, whole = [await waiting_notice(tx) for _ in range(2)]
        await tx.execute(
            """
            UPDATE notices
               SET phone = (SELECT phone FROM notices WHERE message_id = $2)
             WHERE message_id = $1
            """,
            damaged,
            whole,
        )
    admin = admin_of(database)
    async with running(database, notices=provider):
        await provider.until_called(1)
        (letter,) = await until(partial(admin.list_open, limit=10))
    assert letter.job_key == str(damaged)
    assert provider.called_for == [whole]
    content = await admin.look(letter.dead_letter_id, JournalNote("rahim", "what is it?"))
    assert content.job is not None
    assert (content.job["phone"], content.job["damaged"]) == (None, True)


async def test_a_failed_message_is_a_dead_letter_until_it_is_resent(database: Database) -> None:
    """It is listed without number or text; resent under the same reference, it arrives."""
    provider = FakeProvider(Refused("provider_refused", "status 400"))
    admin = admin_of(database)
    async with database.transaction() as tx:
        message_id = await waiting_message(tx)
    async with running(database, messages=provider):
        await provider.until_called(1)
    assert await committed_state(database, message_id) == "failed"
    (letter,) = await admin.list_open(limit=10)
    content = await admin.look(letter.dead_letter_id, JournalNote("rahim", "which number?"))
    only_it = Selection(ids=[letter.dead_letter_id])
    await admin.replay(only_it, JournalNote("rahim", "again"), limit=10)
    async with running(database, messages=provider):
        await provider.until_called(1)
    assert await committed_state(database, message_id) == "sent"
    assert (letter.job_type, letter.job_key) == (SEND_MESSAGES.name, str(message_id))
    assert letter.owner == "sms"
    assert PHONE not in letter.model_dump_json()
    assert content.job is not None
    assert content.job["phone"] == PHONE
    assert provider.called_for == [message_id] * 2
    assert await admin.list_open(limit=10) == []


async def test_a_code_is_never_sent_again(database: Database) -> None:
    """A replay reports that it has expired; an operator settles the dead letter."""
    provider = FakeProvider(Refused("provider_refused"))
    admin = admin_of(database)
    async with database.transaction() as tx:
        code_id = await waiting_code(tx)
    async with running(database, codes=provider):
        await provider.until_called(1)
    assert await committed_state(database, code_id) == "failed"
    report = await admin.replay(Selection(), JournalNote("rahim", "again"), limit=10)
    assert report.failed == {1: "refused.cannot_be_resent"}
    assert (await admin.settle([1], JournalNote("rahim", "expired"))).settled == [1]


async def test_codes_for_numbers_that_nobody_has_hold_no_other_code(database: Database) -> None:
    """Each refusal of a code is final, however many come in a row: strangers choose the numbers."""
    provider = FakeProvider(*[Refused("provider_refused", "number_unknown")] * 20)
    async with database.transaction() as tx:
        refused = [await waiting_code(tx) for _ in range(20)]
    async with running(database, codes=provider, policy=code_retry_policy(SETTINGS)):
        await provider.until_called(20)
        async with database.transaction() as tx:
            mine = await waiting_code(tx)
        await provider.until_called(1)
    assert {await committed_state(database, each) for each in refused} == {"failed"}
    assert await committed_state(database, mine) == "sent"


@pytest.mark.parametrize("days", [0.5, 6.9])
def test_unreadable_responses_are_retried_as_long_as_an_outage(days: float) -> None:
    """A maintenance page in HTML fails no message within a week."""
    policy = message_retry_policy(SETTINGS)
    assert policy.give_up_after_s == 7 * 24 * 3600
    assert policy.unreadable_tries * policy.most_s > days * 24 * 3600


def test_a_code_is_retried_often_while_it_is_valid() -> None:
    """After an outage of half a minute, a code is sent within seconds."""
    policy = code_retry_policy(SETTINGS)
    assert policy.first_s < 1
    assert policy.most_s <= 10
