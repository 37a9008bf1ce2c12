from datetime import datetime, timedelta

import pytest

from libs.contracts.ministries import Trouble
from libs.database.transaction import Transaction
from libs.dead_letters.rules import SETTLED_MANUALLY, FailedJob
from libs.dead_letters.use_cases import keep_jobs
from libs.errors import Refused
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from services.ministries.connections import use_cases as connections
from services.ministries.connections.rules import Change
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.escalations import use_cases
from services.ministries.escalations.rules import due_escalations
from tests.services.ministries.escalations.scenes import DAY, HOUR, MINUTE, NOW, levels, waiting_for
from tests.services.ministries.scenes import (
    HEALTH,
    LAND,
    claim,
    planned,
    row_of,
    submission,
)
from tests.services.ministries.status.scenes import attempt, let_pass, measure, silent


@pytest.mark.parametrize(
    ("wait", "levels"),
    [(47 * HOUR, []), (48 * HOUR, [1]), (29 * DAY, [1]), (30 * DAY, [1, 2])],
)
def test_a_wait_is_brought_to_one_after_the_other(wait: timedelta, levels: list[int]) -> None:
    """The focal point after 48 hours, the next in line too after the days that are set."""
    due = due_escalations({LAND: NOW - wait}, {}, NOW, next_in_line_after=30 * DAY)
    assert [escalation.level for escalation in due] == levels


@pytest.mark.parametrize(("lasts", "levels"), [(59 * MINUTE, []), (HOUR, [1])])
def test_a_trouble_is_brought_to_the_focal_point_within_the_hour(
    lasts: timedelta, levels: list[int]
) -> None:
    """It does not end by waiting; with a long wait it is one escalation, about the trouble."""
    troubles: dict[str, tuple[Trouble, datetime]] = {LAND: ("not_admitted", NOW - lasts)}
    due = due_escalations({}, troubles, NOW, next_in_line_after=30 * DAY)
    assert [escalation.level for escalation in due] == levels
    both = due_escalations({LAND: NOW - 49 * HOUR}, troubles, NOW, next_in_line_after=30 * DAY)
    assert [escalation.trouble for escalation in both] == (["not_admitted"] if levels else [None])


async def test_an_escalation_is_opened_once_and_ends_with_the_wait(tx: Transaction) -> None:
    """It stays open while something waits so long; nothing fails by itself."""
    delivery = await waiting_for(tx, 49 * HOUR)
    assert await levels(tx) == [1]
    assert await levels(tx) == [1]
    await let_pass(tx, 30 * DAY)
    await measure(tx, [silent(9)])
    assert await levels(tx) == [1, 2]
    assert (await row_of(tx, delivery))["state"] == "open"
    await use_cases.settle(tx, [delivery.delivery_id], why="taken on paper", by="rahima")
    await measure(tx, [silent(9)])
    assert await levels(tx) == []
    assert await tx.fetchval("SELECT count(*) FROM escalations") == 2


async def test_a_stopped_ministry_is_escalated_until_it_is_resumed(tx: Transaction) -> None:
    """Though nothing waits for it."""
    await connections.stop(tx, LAND, Change("rahima", "they move"))
    await measure(tx)
    await let_pass(tx, HOUR)
    assert await levels(tx) == [1]
    assert await tx.fetchval("SELECT trouble FROM escalations") == "stopped"
    await connections.resume(tx, LAND, Change("rahima", "they have moved"))
    await measure(tx)
    assert await levels(tx) == []


async def test_a_wait_that_goes_on_is_escalated_again(tx: Transaction) -> None:
    """The delivery failed for good, and an operator has had it repeated: it waits as before."""
    delivery = await waiting_for(tx, 49 * HOUR)
    assert await levels(tx) == [1]
    await deliveries.mark_failed(tx, [delivery])
    await measure(tx, [silent(9)])
    assert await levels(tx) == []
    await deliveries.resend(tx, [str(delivery.delivery_id)])
    await measure(tx, [silent(9)])
    assert await levels(tx) == [1]
    assert await tx.fetchval("SELECT count(*) FROM escalations WHERE mailed_at IS NULL") == 2


async def test_the_work_list_has_what_waits_without_its_form(tx: Transaction) -> None:
    """The oldest first, in pages; a tracking number is enough to talk about it."""
    first, second = await waiting_for(tx, 50 * HOUR), await waiting_for(tx, HOUR)
    await planned(tx, submission(application_id=new_id(), ministry=HEALTH))
    (one,) = await use_cases.read_work_list(tx, LAND, after=None, limit=1)
    (two,) = await use_cases.read_work_list(tx, LAND, after=one.delivery_id, limit=9)
    assert (one.delivery_id, two.delivery_id) == (first.delivery_id, second.delivery_id)
    assert (two.attempts, two.last_failure) == (1, f"{LAND} unavailable: no answer")
    assert not hasattr(one, "form")
    with pytest.raises(Refused, match="body_not_found"):
        await use_cases.read_work_list(tx, "nobody", after=None, limit=1)


async def test_an_operator_can_have_all_tried_now(tx: Transaction) -> None:
    """However long the pauses are."""
    delivery = await waiting_for(tx, 50 * HOUR)
    await attempt(tx)
    assert await claim(tx) == []
    assert await use_cases.try_now(tx, LAND, why="works again", by="rahima") == 1
    assert [each.key for each in await claim(tx)] == [delivery.key]


async def test_only_what_waits_can_be_settled(tx: Transaction) -> None:
    """Nothing is closed if one of the ids is wrong; what is closed is audited."""
    delivery = await waiting_for(tx, 50 * HOUR)
    for ids in ([new_id()], [delivery.delivery_id, new_id()]):
        with pytest.raises(Refused, match="delivery_not_waiting"):
            await use_cases.settle(tx, ids, why="x", by="rahima")
    assert (await row_of(tx, delivery))["state"] == "open"
    await use_cases.settle(tx, [delivery.delivery_id], why="on paper", by="rahima")
    with pytest.raises(Refused):
        await use_cases.settle(tx, [delivery.delivery_id], why="again", by="rahima")
    audited = await tx.fetchrow("SELECT actor, action, subject, detail FROM audit_log")
    assert audited is not None
    assert tuple(audited.values()) == (
        *("rahima", "settle", LAND),
        f"{delivery.delivery_id}: on paper",
    )


async def test_what_had_failed_leaves_no_dead_letter_when_it_is_settled(tx: Transaction) -> None:
    """A replay could not send it any more, and the alert about what is left would not end."""
    delivery = await waiting_for(tx, HOUR)
    await deliveries.mark_failed(tx, [delivery])
    refused = FailedJob(
        deliveries.DELIVERIES.name,
        str(delivery.delivery_id),
        LAND,
        "refused.refused_by_ministry",
        "status 422",
        attempts=1,
        blocks=True,
        trace=None,
    )
    await keep_jobs(tx, Metrics("t"), [refused])
    await use_cases.settle(tx, [delivery.delivery_id], why="on paper", by="rahima")
    settled = await tx.fetchval("SELECT settled_how FROM dead_letters")
    assert settled == SETTLED_MANUALLY
