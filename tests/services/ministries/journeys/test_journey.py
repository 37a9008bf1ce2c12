"""The times of a delivery: none of them is lost by an attempt or by an operator."""

from datetime import timedelta
from typing import Any

from libs.contracts.journeys import JourneyStep
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.consumers import router
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.journeys.use_cases import read_own_part
from tests.consuming import WRITTEN_AT, consuming
from tests.services.ministries.scenes import (
    APPLICATION,
    HEALTH,
    LAND,
    TRACE,
    claim,
    decision,
    failed,
    planned,
    submission,
    succeeded,
)

HOUR = timedelta(hours=1)
NUMBER = "NS-7K4M9-PXRT3-HC2D3"


async def steps(tx: Transaction) -> list[JourneyStep]:
    """The deliveries of the application."""
    return list((await read_own_part(tx, NUMBER)).steps)


async def consumed(tx: Transaction, event: Any) -> None:
    """A submission that was read."""
    async with consuming(router, tx) as consume:
        await consume(event)


async def an_hour_passes(tx: Transaction) -> None:
    """All times move back by an hour, and what waits is due."""
    await tx.execute(
        """
        UPDATE deliveries
           SET planned_at = planned_at - $1::interval,
               first_tried_at = first_tried_at - $1::interval,
               last_tried_at = last_tried_at - $1::interval, due_at = now(), claimed_until = NULL
        """,
        HOUR,
    )


async def test_a_delivery_has_the_times_of_its_submission_and_of_its_record(
    tx: Transaction,
) -> None:
    """They are those of the writers, not of this service."""
    made = submission()
    await consumed(tx, made)
    part = await read_own_part(tx, NUMBER)
    (found,) = part.steps
    assert (part.application_id, found.step_id) == (APPLICATION, plan_delivery(made).delivery_id)
    assert (found.happened_at, found.published_at) == (made.occurred_at, WRITTEN_AT)
    assert (found.what, found.party, found.state) == ("submitted", LAND, "open")
    assert (found.first_tried_at, found.trace_id) == (None, TRACE.trace_id)


async def test_attempts_and_an_operator_keep_the_earlier_times(tx: Transaction) -> None:
    """The first attempt stays the first, and no attempt is forgotten."""
    await consumed(tx, submission())
    (new,) = await steps(tx)
    now = new.stored_at
    assert now
    (delivery,) = await claim(tx)
    await deliveries.record_results(tx, [failed(delivery, Unavailable(LAND), 60.0)])
    await an_hour_passes(tx)
    (delivery,) = await claim(tx)
    await deliveries.record_results(tx, [failed(delivery, Refused("by_ministry"))])
    await an_hour_passes(tx)
    assert await deliveries.resend(tx, [str(delivery.delivery_id)])
    (delivery,) = await claim(tx)
    await deliveries.record_results(tx, [succeeded(delivery, decision())])
    (found,) = await steps(tx)
    assert (found.stored_at, found.open_since) == (now - 2 * HOUR, now)
    assert (found.first_tried_at, found.last_tried_at) == (now - 2 * HOUR, now)
    assert (found.handed_over_at, found.attempts, found.reason) == (now, 2, None)


async def test_a_failed_delivery_is_not_handed_over(tx: Transaction) -> None:
    """It is closed, and has the reason."""
    (delivery,) = await planned(tx, submission())
    await deliveries.record_results(tx, [failed(delivery, Refused("by_ministry"))])
    (found,) = await steps(tx)
    assert (found.state, found.handed_over_at) == ("failed", None)
    assert found.reason == "by_ministry"


async def test_a_moved_application_has_deliveries_to_both_ministries(tx: Transaction) -> None:
    """In their order."""
    for kind, ministry in (("submitted", LAND), ("withdrawn", LAND), ("submitted", HEALTH)):
        await planned(tx, submission(kind, ministry=ministry))  # type: ignore[arg-type]
    assert [(found.what, found.party) for found in await steps(tx)] == [
        ("submitted", LAND),
        ("withdrawn", LAND),
        ("submitted", HEALTH),
    ]


async def test_neither_form_nor_person_is_part_of_it(tx: Transaction) -> None:
    """Ids, codes and times are."""
    made = submission()
    await planned(tx, made)
    (found,) = await steps(tx)
    text = found.model_dump_json()
    assert "রহিমা" not in text
    assert str(made.applicant_id) not in text


async def test_an_unknown_number_has_no_part(tx: Transaction) -> None:
    """It is not ours, or has not arrived."""
    await planned(tx, submission())
    assert await read_own_part(tx, "NS-00000-00000-00000") == (None, [], None)
