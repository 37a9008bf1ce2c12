"""Results of messages are recorded, failures announced; old messages are deleted."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.notifications import DeliveryReport
from libs.database.transaction import Transaction
from libs.dead_letters.queries import list_dead_letters
from libs.dead_letters.rules import ALL
from libs.errors import Refused, Unavailable, Unreadable
from libs.jobs import JobResult
from libs.telemetry.metrics import Metrics
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.erasure.use_cases import erase_citizen
from services.notifications.messages.rules import DueMessage, State
from services.notifications.messages.use_cases import write_messages
from services.notifications.sending import queries
from services.notifications.sending.queries import Retry
from services.notifications.sending.rules import Ending, ReceivedReport
from services.notifications.sending.use_cases import (
    mark_failed,
    record_reports,
    record_results,
    resend_messages,
)
from tests.services.notifications.scenes import (
    CALL,
    CODE,
    PHONE,
    announced,
    announced_types,
    claimed,
    claimed_codes,
    contact,
    decided,
    delayed,
    erased,
    everything_stored,
    put,
    state_of,
    waiting_code,
    waiting_message,
)


def result(
    message: DueMessage,
    outcome: Any = None,
    failure: Exception | None = None,
    retry_in_s: float | None = None,
) -> JobResult[DueMessage, Any]:
    """The result of one call."""
    return JobResult(message, outcome, failure, retry_in_s, counts=True, trace=CALL)


async def test_a_sent_message_is_recorded_and_announced_to_nobody(tx: Transaction) -> None:
    """Others have nothing to do about a message that goes its way; its state can be read."""
    await waiting_message(tx)
    (message,) = await claimed(tx)
    await record_results(tx, [result(message, "sent")])
    row = await tx.fetchrow("SELECT state, changed_at IS NOT NULL AS is_timed FROM messages")
    assert row
    assert tuple(row) == ("sent", True)
    assert await announced_types(tx) == []


@pytest.mark.parametrize("state", ["sent", "delivered", "failed", "expired", "cancelled"])
@pytest.mark.parametrize("failure", [None, Refused("provider_refused")])
async def test_a_result_changes_no_message_that_has_left_the_queue(
    tx: Transaction, state: State, failure: Exception | None
) -> None:
    """A report that is quicker than our own record stands; nothing is written or announced."""
    await waiting_message(tx)
    (message,) = await claimed(tx)
    await put(tx, message.message_id, state)
    before = await tx.fetchrow("SELECT ctid, state FROM messages")
    await record_results(tx, [result(message, "sent", failure)])
    assert await tx.fetchrow("SELECT ctid, state FROM messages") == before
    assert await announced_types(tx) == []


async def test_later_messages_wait_with_a_failed_one(
    tx: Transaction,
) -> None:
    """Nothing is announced, and no claim reads messages that wait for an earlier one."""
    await save_contacts(tx, [contact()])
    first = delayed()
    await write_messages(tx, [first, decided(first.application_id)])
    (message,) = await claimed(tx)
    await record_results(tx, [result(message, failure=Unavailable("sms"), retry_in_s=60)])
    rows = await tx.fetch("SELECT state, due_at > now() AS later FROM messages")
    assert [tuple(row) for row in rows] == [("queued", True), ("queued", True)]
    assert await claimed(tx) == []
    assert await announced_types(tx) == []


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (Unavailable("sms", f"no answer for {PHONE}"), "provider_unavailable"),
        (Refused("provider_refused", f"no such number {PHONE}"), "provider_refused"),
        (Unreadable("not_json", PHONE), "provider_response_unreadable"),
        (ValueError(PHONE), "defect"),
    ],
)
async def test_a_message_failed_for_good_is_announced_without_personal_data(
    tx: Transaction, failure: Exception, reason: str
) -> None:
    """The event has a reason code, the trace of the call, and no text of the failure."""
    await waiting_message(tx)
    (message,) = await claimed(tx)
    await record_results(tx, [result(message, failure=failure)])
    (event,) = await announced(tx)
    assert (event.type, event.reason) == ("message_failed", reason)
    assert (event.message_id, event.trace) == (message.message_id, CALL)
    assert PHONE not in str(await announced(tx))
    rows = await tx.fetch("SELECT reason FROM messages")
    assert [row["reason"] for row in rows] == [reason]


async def test_a_code_is_deleted_once_the_provider_has_it(tx: Transaction) -> None:
    """Code and number are deleted, and nothing is announced."""
    code_id = await waiting_code(tx)
    (message,) = await claimed_codes(tx)
    await record_results(tx, [result(message, "sent")])
    assert await state_of(tx, code_id) == "sent"
    stored = await everything_stored(tx)
    assert CODE not in stored
    assert PHONE not in stored
    assert await announced_types(tx) == []


async def test_a_deleted_message_does_not_affect_other_results(tx: Transaction) -> None:
    """The other results of the batch are recorded."""
    for number in (1, 2):
        await waiting_message(tx, citizen_id=UUID(int=number))
    gone, stays = await claimed(tx)
    await tx.execute("DELETE FROM messages WHERE message_id = $1", gone.message_id)
    await record_results(tx, [result(gone, "sent"), result(stays, "sent")])
    assert await state_of(tx, stays.message_id) == "sent"


async def test_a_failed_attempt_counts_only_when_a_call_was_made(tx: Transaction) -> None:
    """An open circuit breaker uses up no attempt."""
    message_id = await waiting_message(tx)
    for counts, attempts in ((True, 1), (False, 1), (True, 2)):
        await queries.save_retries(tx, [Retry(message_id, "away", 0, counts=counts)])
        (message,) = await claimed(tx)
        assert message.attempts == attempts


async def test_a_retry_does_not_reopen_a_message(tx: Transaction) -> None:
    """A report that arrived during a call that timed out stays; the message is not sent again."""
    message_id = await waiting_message(tx)
    await put(tx, message_id, "delivered")
    await queries.save_retries(tx, [Retry(message_id, "away", 0, counts=True)])
    assert await claimed(tx) == []
    assert await state_of(tx, message_id) == "delivered"


@pytest.mark.parametrize("state", ["queued", "sent", "delivered", "cancelled"])
async def test_only_failed_messages_are_resent(tx: Transaction, state: State) -> None:
    """Other messages may have arrived."""
    message_id = await waiting_message(tx)
    await put(tx, message_id, state)
    assert await resend_messages(tx, [str(message_id)]) == set()


async def test_no_message_is_resent_to_an_erased_citizen(tx: Transaction) -> None:
    """The number has been deleted."""
    message_id = await waiting_message(tx)
    await put(tx, message_id, "failed")
    await erase_citizen(tx, erased())
    assert await resend_messages(tx, [str(message_id)]) == set()


async def test_old_messages_are_deleted_in_batches(tx: Transaction) -> None:
    """Queued messages stay."""
    old = [await waiting_message(tx) for _ in range(3)]
    waiting = await waiting_message(tx)
    await tx.execute("UPDATE messages SET created_at = now() - interval '91 days'")
    fresh = await waiting_message(tx)
    for message_id in [*old, fresh]:
        await put(tx, message_id, "delivered")
    assert await queries.delete_old_messages(tx, older_than_days=90, limit=2) == 2
    assert await queries.delete_old_messages(tx, older_than_days=90, limit=2) == 1
    assert await queries.delete_old_messages(tx, older_than_days=90, limit=2) == 0
    rows = await tx.fetch("SELECT message_id FROM messages")
    assert {row["message_id"] for row in rows} == {waiting, fresh}


async def test_a_message_marked_as_failed_can_be_resent(tx: Transaction) -> None:
    """Nothing is announced when it is marked; it is resent once under its old id."""
    message_id = await waiting_message(tx)
    await queries.save_retries(tx, [Retry(message_id, "away", 0, counts=True)])
    await mark_failed(tx, await claimed(tx))
    assert (await state_of(tx, message_id), await announced(tx)) == ("failed", [])
    assert await resend_messages(tx, [str(message_id)]) == {str(message_id)}
    assert await resend_messages(tx, [str(message_id)]) == set()
    assert [
        (due_message.message_id, due_message.attempts) for due_message in await claimed(tx)
    ] == [(message_id, 0)]


@pytest.mark.parametrize(
    ("reason", "key"),
    [("absent", "{}-2"), ("provider_refused", "{}-2"), ("provider_unavailable", "{}")],
)
async def test_a_message_is_resent_under_a_key_that_the_provider_sends(
    tx: Transaction, reason: str, key: str
) -> None:
    """After a final answer another key; one that the provider may have keeps its key."""
    message_id = await waiting_message(tx)
    ending = {message_id: Ending("failed", reason)}
    assert await queries.leave_queue(tx, ending)
    await resend_messages(tx, [str(message_id)])
    assert [message.idempotency_key for message in await claimed(tx)] == [key.format(message_id)]


async def test_a_message_that_did_not_arrive_is_a_dead_letter_once(tx: Transaction) -> None:
    """However often the provider reports it; a code makes no dead letter."""
    message_id, code_id = await waiting_message(tx), await waiting_code(tx)
    for reference in (message_id, message_id, code_id):
        report = DeliveryReport(
            reference=reference, status="failed", reason="absent", reported_at=datetime.now(UTC)
        )
        received = ReceivedReport("sms", report, None)
        await record_reports(tx, [received], metrics=Metrics("notifications"))
    (letter,) = await list_dead_letters(tx, ALL, limit=10)
    assert (letter["job_key"], letter["destination"]) == (str(message_id), "sms")
    assert letter["reason"] == "refused.absent"
