from dataclasses import replace

from libs.contracts.ministries import MinistryDecision
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unreadable
from libs.ids import new_id
from libs.messaging.failedrow import FailedRow, keep_rows
from libs.messaging.journal import By
from libs.messaging.unsettled import Wanted
from libs.operations.desk import Desk
from libs.telemetry.tracing import Tracing
from services.ministries import worker
from services.ministries.by_hand import by_hand, resend
from services.ministries.domain import Delivery
from services.ministries.store.deliveries import DUE
from tests.services.ministries.scenes import (
    LAND,
    TRACE,
    FakeMinistry,
    answer,
    claim,
    decision,
    planned,
    state_of,
    submission,
    told_types,
)
from tests.services.ministries.test_worker import done, failed, until, working


async def test_a_failed_delivery_can_be_resent_by_hand(tx: Transaction) -> None:
    """Requeued, a delivery is claimed again under the same key, and then goes its usual way."""
    (delivery,) = await planned(tx, submission())
    await worker.record_outcomes(tx, [failed(delivery, Unreadable("nonsense_answer"), None)])
    assert await resend(tx, [str(new_id())]) == set()
    assert await resend(tx, [str(delivery.key)]) == {str(delivery.key)}
    assert await resend(tx, [str(delivery.key)]) == set()
    (again,) = await claim(tx)
    assert again.idempotency_key == delivery.idempotency_key
    await worker.record_outcomes(tx, [done(again, decision())])
    assert await told_types(tx) == ["ministry_unreachable", "ministry_received"]


async def test_what_failed_for_good_is_one_dead_letter_until_it_is_resent(
    database: Database,
) -> None:
    """Refused, listed with its ministry; sent again by hand under the same key, it goes through."""

    def refuse_first(call: int, delivery: Delivery) -> MinistryDecision:
        if call == 1:
            raise Refused("refused_by_ministry", "status 422")
        return decision("approved")

    ministry = FakeMinistry(refuse_first)
    desk = Desk("ministries", database, {}, by_hand(), tracing=Tracing("test"))
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
    async with working(database, ministry):
        await until(database, lambda row: row["state"] == "failed", delivery)
        (letter,) = await desk.listed(limit=10)
        content = await desk.look(letter.dead_letter_id, By("rahim", "which form?"))
        report = await desk.replay(Wanted(party=LAND), By("rahim", "mended"), limit=10)
        await until(database, lambda row: row["state"] == "handed_over", delivery)
    assert (letter.job_type, letter.destination, letter.owner) == (DUE, LAND, LAND)
    assert (letter.reason, letter.detail) == ("refused.refused_by_ministry", "status 422")
    assert (letter.attempts, letter.blocks, letter.trace_id) == (1, True, TRACE.trace_id)
    assert content.job is not None
    assert "রহিমা" in content.job["form"]
    assert report.settled == [letter.dead_letter_id]
    assert [key for _, key in ministry.handed] == [str(delivery.delivery_id)] * 2
    assert await desk.listed(limit=10) == []


async def test_a_failed_delivery_that_the_ministry_answers_after_all_waits_no_more(
    database: Database,
) -> None:
    """A decision by callback shows that the ministry has it: its dead letter is settled."""
    desk = Desk("ministries", database, {}, by_hand(), tracing=Tracing("test"))
    row = FailedRow(DUE, "", LAND, "refused.x", "", 1, True, None)
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
        refusal = failed(delivery, Refused("refused_by_ministry"), None)
        assert await worker.record_outcomes(tx, [refusal]) == {delivery.key}
        await keep_rows(tx, [replace(row, row_key=str(delivery.key))])
        await worker.record_answers(tx, [answer(delivery, decision("approved"))])
    assert await desk.listed(limit=10) == []
    assert (await desk.one(1)).settled_how == "answered"


async def test_a_delivery_settled_by_hand_lets_the_next_one_go(database: Database) -> None:
    """Taken on paper, say: the withdrawal behind it is handed over."""
    desk = Desk("ministries", database, {}, by_hand(), tracing=Tracing("test"))
    async with database.transaction() as tx:
        lodged, withdrawal = await planned(tx, submission("lodged"), submission("withdrawn"))
        await worker.set_aside(tx, [lodged])
        await keep_rows(
            tx, [FailedRow(DUE, str(lodged.key), LAND, "unrecorded.X", "", 1, True, None)]
        )
    assert (await desk.settle([1], By("rahim", "taken on paper"))).settled == [1]
    async with database.transaction() as tx:
        assert (await state_of(tx, lodged))["form"] is None
        assert [each.key for each in await claim(tx)] == [withdrawal.key]
