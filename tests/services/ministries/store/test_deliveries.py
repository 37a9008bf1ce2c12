from libs.database.transaction import Transaction
from libs.ids import new_id
from services.ministries.store import deliveries, due
from services.ministries.store.due import Retry
from tests.services.ministries.scenes import (
    APPLICATION,
    claim,
    make_due,
    planned,
    state_of,
    submission,
)


async def test_a_later_submission_waits_for_the_earlier_one(tx: Transaction) -> None:
    """A withdrawal is handed over after the application itself, however the tries go."""
    (lodged,) = await planned(tx, submission("lodged"))
    (withdrawn,) = await planned(tx, submission("withdrawn"))
    assert [each.kind for each in await claim(tx)] == ["lodged"]
    await due.save_retries(tx, [Retry(lodged.key, "no answer", 0.0)])
    assert [each.kind for each in await claim(tx)] == ["lodged"]
    await deliveries.close_deliveries(tx, [lodged.key])
    await deliveries.wake_next(tx, [APPLICATION])
    assert [each.key for each in await claim(tx)] == [withdrawn.key]


async def test_a_failed_submission_holds_the_later_ones_back(tx: Transaction) -> None:
    """What follows a failed hand-over waits until that is put right, then follows in order."""
    (lodged,) = await planned(tx, submission("lodged"))
    await due.save_retries(tx, [Retry(lodged.key, "refused", None)])
    (withdrawn,) = await planned(tx, submission("withdrawn"))
    await deliveries.wake_next(tx, [APPLICATION])
    assert await claim(tx) == []
    assert await deliveries.applications_of(tx, [lodged.key]) == {APPLICATION}
    assert await deliveries.requeue_deliveries(tx, [lodged.key]) == {lodged.key}
    await deliveries.wake_next(tx, [APPLICATION])
    assert [each.key for each in await claim(tx)] == [lodged.key]
    await deliveries.close_deliveries(tx, [lodged.key])
    await deliveries.wake_next(tx, [APPLICATION])
    assert [each.key for each in await claim(tx)] == [withdrawn.key]


async def test_a_delivery_put_back_begins_anew(tx: Transaction) -> None:
    """Requeued, a delivery has all its tries before it, under the same idempotency key."""
    (lodged,) = await planned(tx, submission())
    await due.save_retries(tx, [Retry(lodged.key, "nonsense", None)])
    await deliveries.requeue_deliveries(tx, [lodged.key])
    await deliveries.wake_next(tx, [APPLICATION])
    (again,) = await claim(tx)
    assert (again.attempts, again.idempotency_key) == (0, lodged.idempotency_key)


async def test_the_form_is_forgotten_once_the_ministry_has_it(tx: Transaction) -> None:
    """Form content is kept no longer than handing over needs it."""
    (lodged,) = await planned(tx, submission())
    await deliveries.close_deliveries(tx, [lodged.key])
    row = await state_of(tx, lodged)
    assert (row["state"], row["form"], row["due_at"]) == ("handed_over", None, None)


async def test_a_late_failure_does_not_reopen_a_closed_delivery(tx: Transaction) -> None:
    """A try that fails after the ministry's callback came changes nothing."""
    (lodged,) = await planned(tx, submission())
    await deliveries.close_deliveries(tx, [lodged.key])
    await due.save_retries(tx, [Retry(lodged.key, "no answer", 0.0)])
    assert (await state_of(tx, lodged))["state"] == "handed_over"


async def test_a_ministry_speaks_of_the_newest_submission_it_was_sent(tx: Transaction) -> None:
    """A correction counts from the moment its hand-over begins, a withdrawal never."""
    (lodged,) = await planned(tx, submission("lodged"))
    assert await answered(tx) == lodged.key  # even where the mark of the first try was lost
    await claim(tx)
    (corrected,) = await planned(tx, submission("corrected"))
    await planned(tx, submission("withdrawn"))
    assert await answered(tx) == lodged.key
    await deliveries.close_deliveries(tx, [lodged.key])
    await deliveries.wake_next(tx, [APPLICATION])
    await claim(tx)
    assert await answered(tx) == corrected.key
    await deliveries.close_deliveries(tx, [corrected.key])
    await deliveries.wake_next(tx, [APPLICATION])
    await make_due(tx)
    assert [each.kind for each in await claim(tx)] == ["withdrawn"]
    assert await answered(tx) == corrected.key


async def test_other_applications_go_their_own_way(tx: Transaction) -> None:
    """Waking one application touches no other."""
    other = new_id()
    await planned(tx, submission("lodged"), submission("lodged", application_id=other))
    await claim(tx)
    await deliveries.wake_next(tx, [other])
    assert await claim(tx, worker="w2") == []


async def answered(tx: Transaction) -> object:
    found = await deliveries.deliveries_answered(tx, [APPLICATION])
    return found[APPLICATION].key
