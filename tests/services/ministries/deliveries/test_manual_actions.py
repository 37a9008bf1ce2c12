from uuid import UUID

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.failedrow import FailedRow, keep_rows
from libs.messaging.journal import By
from libs.operations.desk import Desk
from libs.telemetry.tracing import Tracing
from services.ministries.deliveries import use_cases
from services.ministries.deliveries.manual_actions import manual_actions
from services.ministries.deliveries.use_cases import DELIVER
from tests.services.ministries.scenes import (
    LAND,
    claim,
    decision,
    failed,
    planned,
    response,
    row_of,
    submission,
)


async def keep_dead_letter(tx: Transaction, delivery_id: UUID) -> None:
    """Keep the dead letter that the job runner writes for a failed delivery."""
    await keep_rows(
        tx, [FailedRow(DELIVER, str(delivery_id), LAND, "refused.x", "", 1, True, None)]
    )


async def test_a_failed_delivery_that_the_ministry_decides_on_is_settled(
    database: Database,
) -> None:
    """A decision by callback shows that the ministry has it, so its dead letter is closed."""
    desk = Desk("ministries", database, {}, manual_actions(), tracing=Tracing("test"))
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
        refusal = failed(delivery, Refused("refused_by_ministry"))
        assert await use_cases.record_results(tx, [refusal]) == {delivery.key}
        await keep_dead_letter(tx, delivery.key)
        await use_cases.record_responses(tx, [response(delivery, decision("approved"))])
    assert await desk.listed(limit=10) == []
    assert (await desk.one(1)).settled_how == "answered"


async def test_a_delivery_settled_by_hand_lets_the_next_one_go(database: Database) -> None:
    """An application taken on paper is closed, and the withdrawal behind it is delivered."""
    desk = Desk("ministries", database, {}, manual_actions(), tracing=Tracing("test"))
    async with database.transaction() as tx:
        lodged, withdrawal = await planned(tx, submission("lodged"), submission("withdrawn"))
        await use_cases.set_aside(tx, [lodged])
        await keep_dead_letter(tx, lodged.key)
    assert (await desk.settle([1], By("rahim", "taken on paper"))).settled == [1]
    async with database.transaction() as tx:
        assert (await row_of(tx, lodged))["form"] is None
        assert [each.key for each in await claim(tx)] == [withdrawal.key]
