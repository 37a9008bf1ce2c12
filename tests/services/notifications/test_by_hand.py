from datetime import UTC, datetime

from libs.contracts.notifications import DeliveryReport
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import queries
from libs.dead_letters.rules import ALL
from libs.errors import Refused
from libs.messaging.journal import By
from libs.messaging.unsettled import Wanted
from libs.operations.desk import Desk
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.notifications import api
from services.notifications.by_hand import by_hand, resend
from services.notifications.worker import set_aside
from tests.services.notifications.fakes import FakeProvider
from tests.services.notifications.scenes import (
    PHONE,
    claimed,
    in_state,
    state_of,
    told,
    waiting_code,
    waiting_message,
)
from tests.services.notifications.test_worker import working


async def test_a_message_that_failed_is_a_dead_letter_and_is_sent_again_by_hand(
    database: Database,
) -> None:
    """Refused, listed without number or text; resent under the same reference, it goes through."""
    provider = FakeProvider(Refused("provider_refused", "status 400"))
    desk = Desk("notifications", database, {}, by_hand(), tracing=Tracing("test"))
    async with database.transaction() as tx:
        message_id = await waiting_message(tx)
    async with working(database, messages=provider):
        await in_state(database, [message_id], "failed")
        (letter,) = await desk.listed(limit=10)
        content = await desk.look(letter.dead_letter_id, By("rahim", "which number?"))
        await desk.replay(Wanted(ids=[letter.dead_letter_id]), By("rahim", "again"), limit=10)
        await in_state(database, [message_id], "sent")
    assert (letter.job_type, letter.job_key) == ("send_messages", str(message_id))
    assert letter.owner == "sms"
    assert PHONE not in letter.model_dump_json()
    assert content.job is not None
    assert content.job["phone"] == PHONE
    assert provider.asked == [message_id] * 2
    assert await desk.listed(limit=10) == []


async def test_a_code_is_never_sent_again(database: Database) -> None:
    """It is worthless by then: the replay says so, and the letter is settled by hand."""
    provider = FakeProvider(Refused("provider_refused"))
    desk = Desk("notifications", database, {}, by_hand(), tracing=Tracing("test"))
    async with database.transaction() as tx:
        code_id = await waiting_code(tx)
    async with working(database, codes=provider):
        await in_state(database, [code_id], "failed")
    report = await desk.replay(Wanted(), By("rahim", "again"), limit=10)
    assert report.failed == {1: "refused.cannot_be_resent"}
    assert (await desk.settle([1], By("rahim", "worthless by now"))).settled == [1]


async def test_a_message_that_was_set_aside_can_be_sent_again(tx: Transaction) -> None:
    """It is closed as failed and nothing is told; it goes again under its old id, and once."""
    message_id = await waiting_message(tx)
    await set_aside(tx, await claimed(tx))
    assert (await state_of(tx, message_id), await told(tx)) == ("failed", [])
    assert await resend(tx, [str(message_id)]) == {str(message_id)}
    assert await resend(tx, [str(message_id)]) == set()
    assert [each.message_id for each in await claimed(tx)] == [message_id]


async def test_a_message_that_did_not_arrive_is_a_dead_letter_once(tx: Transaction) -> None:
    """However often the provider reports it; of a code there is none."""
    message_id, code_id = await waiting_message(tx), await waiting_code(tx)
    for reference in (message_id, message_id, code_id):
        report = DeliveryReport(
            reference=reference, status="failed", reason="absent", reported_at=datetime.now(UTC)
        )
        await api.record_reports(tx, [api.Heard(report, None)], metrics=Metrics("notifications"))
    (letter,) = await queries.list_dead_letters(tx, ALL, limit=10)
    assert (letter["job_key"], letter["destination"]) == (str(message_id), "sms")
    assert letter["reason"] == "refused.absent"
