"""Notices are sent once, or are dead letters until they are sent again by hand."""

from datetime import UTC, datetime
from typing import Literal

import pytest

from libs.contracts.notifications import DeliveryReport
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters.admin import DeadLetterAdmin
from libs.dead_letters.queries import list_dead_letters
from libs.dead_letters.rules import ALL, JournalNote, Selection
from libs.errors import Refused
from libs.jobs import JobResult
from libs.messaging.reading.redelivery import mark_handled, redelivery
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.notifications.messages.rules import DueMessage
from services.notifications.notices.rules import NOTICE_VALID
from services.notifications.notices.use_cases import (
    MANUAL_ACTIONS,
    SEND_NOTICES,
    close_expired_notices,
    write_notices,
)
from services.notifications.sending.rules import Outcome, ReceivedReport
from services.notifications.sending.use_cases import record_reports, record_results
from tests.services.notifications.scenes import (
    CALL,
    LEASE,
    PHONE,
    claimed_codes,
    claimed_notices,
    everything_stored,
    notice_requested,
    state_of,
    waiting_code,
    waiting_notice,
)

ACTIONS = MANUAL_ACTIONS[SEND_NOTICES.name]
NOTE = JournalNote("rahim", "the provider answers again")


async def test_a_notice_goes_to_the_number_that_it_names(tx: Transaction) -> None:
    """Also if it is not the citizen's contact any more; it is sent once."""
    event = notice_requested(language="en")
    for _ in range(2):
        await write_notices(tx, [event])
    (notice,) = await claimed_notices(tx)
    assert notice.address == PHONE
    assert "26-12-2026" in notice.text
    assert "03-04-2027" in notice.text
    assert notice.text not in await everything_stored(tx)
    assert PHONE not in await everything_stored(tx)


async def test_notices_and_codes_are_claimed_separately(tx: Transaction) -> None:
    """Neither is in the other's lane; what a runner has claimed it releases."""
    notice_id, code_id = await waiting_notice(tx), await waiting_code(tx)
    for _ in range(2):
        assert [claimed_code.message_id for claimed_code in await claimed_codes(tx)] == [code_id]
        assert [claimed_notice.message_id for claimed_notice in await claimed_notices(tx)] == [
            notice_id
        ]
        await SEND_NOTICES.release(tx, LEASE.holder)


async def test_a_notice_that_expires_is_a_dead_letter_until_it_is_sent_again(
    database: Database,
) -> None:
    """It is counted for the alert and listed without its number; a replay has days of its own."""
    metrics = Metrics("notifications")
    admin = admin_of(database)
    async with database.transaction() as tx:
        notice_id = await waiting_notice(tx)
        young_id = await waiting_notice(tx)
        await tx.execute(
            "UPDATE messages SET created_at = now() - $2::interval WHERE message_id = $1",
            notice_id,
            NOTICE_VALID,
        )
    async with database.transaction() as tx:
        assert await close_expired_notices(tx, metrics=metrics) == 1
    (letter,) = await admin.list_open(limit=10)
    assert (letter.job_type, letter.job_key) == (SEND_NOTICES.name, str(notice_id))
    assert (letter.reason, letter.owner) == ("unavailable.sms", "sms")
    assert PHONE not in letter.model_dump_json()
    assert b'source="send_notices"} 1.0' in metrics.render()
    content = await admin.look(letter.dead_letter_id, NOTE)
    assert content.job is not None
    assert content.job["phone"] == PHONE
    await admin.replay(Selection(ids=[letter.dead_letter_id]), NOTE, limit=10)
    assert await admin.list_open(limit=10) == []
    async with database.transaction() as tx:
        assert await close_expired_notices(tx, metrics=metrics) == 0
        assert {claimed_notice.message_id for claimed_notice in await claimed_notices(tx)} == {
            young_id,
            notice_id,
        }


async def test_a_notice_that_is_settled_by_hand_is_not_kept(tx: Transaction) -> None:
    """Its text and number are deleted, so it cannot be sent any more."""
    notice_id = await waiting_notice(tx)
    (notice,) = await claimed_notices(tx)
    refused = result(notice, Refused("provider_refused"))
    assert await record_results(tx, [refused]) == {notice_id}
    assert "s1:" in await everything_stored(tx)
    await ACTIONS.close(tx, [str(notice_id)])
    assert await ACTIONS.resend(tx, [str(notice_id)]) == set()
    assert "s1:" not in await everything_stored(tx)


@pytest.mark.parametrize("status", ["delivered", "failed"])
async def test_a_notice_is_kept_until_it_has_arrived(
    tx: Transaction, status: Literal["delivered", "failed"]
) -> None:
    """One that did not arrive is a dead letter, and can be sent again."""
    notice_id = await waiting_notice(tx)
    (notice,) = await claimed_notices(tx)
    await record_results(tx, [result(notice)])
    report = DeliveryReport(reference=notice_id, status=status, reported_at=datetime.now(UTC))
    received = ReceivedReport("sms", report, None)
    await record_reports(tx, [received], metrics=Metrics("notifications"))
    assert await state_of(tx, notice_id) == status
    letters = [dead_letter["job_key"] for dead_letter in await list_dead_letters(tx, ALL, limit=10)]
    again = await ACTIONS.resend(tx, [str(notice_id)])
    wanted = [] if status == "delivered" else [str(notice_id)]
    assert (letters, again) == (wanted, set(wanted))
    assert ("s1:" in await everything_stored(tx)) == (status == "failed")


def result(notice: DueMessage, failure: Exception | None = None) -> JobResult[DueMessage, Outcome]:
    """The result of one call: sent, or failed for good."""
    outcome: Outcome | None = None if failure else "sent"
    return JobResult(notice, outcome, failure, None, counts=True, trace=CALL)


def admin_of(database: Database) -> DeadLetterAdmin:
    """The dead-letter admin of the service."""
    redeliver = redelivery({}, Tracing("test"))
    return DeadLetterAdmin("notifications", database, redeliver, mark_handled, MANUAL_ACTIONS)
