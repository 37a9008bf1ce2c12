"""The times of a message: none of them is lost by a retry, a report, a new number or a resend."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.journeys import JourneyStep
from libs.contracts.notifications import DeliveryReport
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.jobs import JobResult
from libs.telemetry.metrics import Metrics
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.erasure.use_cases import erase_citizen
from services.notifications.journeys.use_cases import read_own_part
from services.notifications.messages.consumers import router
from services.notifications.sending import queries
from services.notifications.sending.rules import ReceivedReport
from services.notifications.sending.use_cases import (
    record_reports,
    record_results,
    resend_messages,
)
from tests.consuming import WRITTEN_AT, consuming
from tests.services.notifications.scenes import (
    CALL,
    NUMBER,
    PHONE,
    claimed,
    contact,
    delayed,
    erased,
    message_id_of,
    waiting_code,
)

HOUR = timedelta(hours=1)
REPORTED_AT = datetime(2026, 11, 25, 10, 0, 9, tzinfo=UTC)


async def step(tx: Transaction) -> JourneyStep:
    """The only message of the application."""
    (only,) = (await read_own_part(tx, NUMBER)).steps
    return only


async def an_hour_passes(tx: Transaction) -> None:
    """All times move back by an hour, and what waits is due."""
    await tx.execute(
        """
        UPDATE messages
           SET created_at = created_at - $1::interval, open_since = open_since - $1::interval,
               first_tried_at = first_tried_at - $1::interval,
               last_tried_at = last_tried_at - $1::interval,
               handed_over_at = handed_over_at - $1::interval, due_at = now(),
               claimed_until = NULL
        """,
        HOUR,
    )


async def consumed(tx: Transaction, event: Any) -> UUID:
    """A message about an event of a record; its id."""
    async with consuming(router, tx) as consume:
        await consume(event)
    return message_id_of(event)


async def tried(tx: Transaction, failure: Exception | None = None, **more: Any) -> None:
    """One attempt at the message."""
    (message,) = await claimed(tx)
    outcome: Any = None if failure else "sent"
    result = JobResult(message, outcome, failure, counts=True, trace=CALL, **more)
    await record_results(tx, [result])


async def reported(tx: Transaction, message_id: UUID, status: Any) -> None:
    """The network says what became of the message."""
    report = DeliveryReport(reference=message_id, status=status, reported_at=REPORTED_AT)
    received = ReceivedReport("sms", report, None)
    await record_reports(tx, [received], metrics=Metrics("notifications"))


async def test_a_message_has_the_times_of_its_event_and_of_its_record(tx: Transaction) -> None:
    """They are those of the writers, not of this service."""
    await save_contacts(tx, [contact()])
    event = delayed()
    await consumed(tx, event)
    found = await step(tx)
    assert (found.happened_at, found.published_at) == (event.occurred_at, WRITTEN_AT)
    assert (found.what, found.party, found.state) == ("delayed", "sms", "queued")
    assert found.trace_id == event.trace.trace_id


async def test_retries_and_a_report_keep_the_earlier_times(tx: Transaction) -> None:
    """The first attempt stays the first; the hand-over stays beside the network's report."""
    await save_contacts(tx, [contact()])
    message_id = await consumed(tx, delayed())
    now = (await step(tx)).stored_at
    assert now
    await tried(tx, Unavailable("sms"), retry_in_s=60.0)
    await an_hour_passes(tx)
    await tried(tx, retry_in_s=None)
    await reported(tx, message_id, "delivered")
    found = await step(tx)
    assert (found.stored_at, found.first_tried_at) == (now - HOUR, now - HOUR)
    assert (found.last_tried_at, found.handed_over_at) == (now, now)
    assert (found.reported_at, found.state, found.attempts) == (REPORTED_AT, "delivered", 1)


async def test_a_resend_keeps_the_earlier_times(tx: Transaction) -> None:
    """The days in which it is tried begin again, and its other times do not."""
    await save_contacts(tx, [contact()])
    message_id = await consumed(tx, delayed())
    now = (await step(tx)).stored_at
    assert now
    await tried(tx, Unavailable("sms"), retry_in_s=60.0)
    await an_hour_passes(tx)
    await tried(tx, retry_in_s=None)
    await reported(tx, message_id, "failed")
    await an_hour_passes(tx)
    assert await resend_messages(tx, [str(message_id)])
    await tried(tx, retry_in_s=None)
    found = await step(tx)
    assert (found.stored_at, found.open_since) == (now - 2 * HOUR, now)
    assert (found.first_tried_at, found.last_tried_at) == (now - 2 * HOUR, now)
    assert (found.earlier_handed_over_at, found.handed_over_at) == (now - HOUR, now)
    assert (found.reported_at, found.attempts, found.state) == (None, 1, "sent")


async def test_a_message_that_waited_for_a_number_keeps_the_time_of_its_writing(
    tx: Transaction,
) -> None:
    """Its days begin when there is a number."""
    await consumed(tx, delayed())
    waiting = await step(tx)
    assert waiting.next_attempt_at is None
    await an_hour_passes(tx)
    await tx.execute("UPDATE messages SET due_at = NULL")
    await save_contacts(tx, [contact()])
    found = await step(tx)
    assert waiting.stored_at
    assert (found.stored_at, found.open_since) == (waiting.stored_at - HOUR, waiting.stored_at)


async def test_messages_that_are_sent_again_are_kept_for_as_long_as_new_ones(
    tx: Transaction,
) -> None:
    """A report about one that was sent yesterday finds it."""
    await save_contacts(tx, [contact()])
    message_id = await consumed(tx, delayed())
    await tx.execute("UPDATE messages SET state = 'failed', created_at = now() - interval '91 d'")
    await resend_messages(tx, [str(message_id)])
    await tried(tx, retry_in_s=None)
    assert await queries.delete_old_messages(tx, older_than_days=90, limit=9) == 0
    await tx.execute("UPDATE messages SET open_since = now() - interval '91 d'")
    assert await queries.delete_old_messages(tx, older_than_days=90, limit=9) == 1


async def test_neither_number_nor_text_nor_person_is_part_of_it(tx: Transaction) -> None:
    """Codes are none of it either."""
    await save_contacts(tx, [contact()])
    event = delayed()
    await consumed(tx, event)
    await waiting_code(tx)
    text = (await step(tx)).model_dump_json()
    assert PHONE not in text
    assert str(event.citizen_id) not in text


async def test_of_an_erased_citizen_nothing_is_left(tx: Transaction) -> None:
    """The messages are deleted."""
    await save_contacts(tx, [contact()])
    await consumed(tx, delayed())
    await erase_citizen(tx, erased())
    assert await read_own_part(tx, NUMBER) == (None, [], None)


@pytest.mark.parametrize("number", ["", "NS-00000-00000-00000"])
async def test_codes_have_no_number(tx: Transaction, number: str) -> None:
    """They are found under none, the empty one included."""
    await waiting_code(tx)
    assert (await read_own_part(tx, number)).steps == []
