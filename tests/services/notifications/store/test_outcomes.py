"""What became of messages is kept, and what is done with goes."""

from uuid import UUID

import pytest

from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from services.notifications import store
from services.notifications.consumers import on_identity_events
from services.notifications.domain.messages import State
from tests.services.notifications.scenes import (
    claimed,
    claimed_codes,
    erased,
    state_of,
    waiting_code,
    waiting_message,
)


async def put(tx: Transaction, message_id: UUID, state: State) -> None:
    """Bring a message to a state."""
    known = await store.lock_progress(tx, [message_id])
    await store.save_progress(tx, [known[message_id]._replace(state=state)])


async def test_a_try_that_failed_counts_only_when_the_provider_was_asked(tx: Transaction) -> None:
    """A pause of the circuit breaker uses up no try."""
    message_id = await waiting_message(tx)
    for counts, attempts in ((True, 1), (False, 1), (True, 2)):
        await store.save_retries(tx, [store.Retry(message_id, "away", 0, counts=counts)])
        (message,) = await claimed(tx)
        assert message.attempts == attempts


async def test_a_retry_does_not_reopen_a_message(tx: Transaction) -> None:
    """A report that came during a call that seemed to fail stands: nothing is sent twice."""
    message_id = await waiting_message(tx)
    await put(tx, message_id, "delivered")
    await store.save_retries(tx, [store.Retry(message_id, "away", 0, counts=True)])
    assert await claimed(tx) == []
    assert await state_of(tx, message_id) == "delivered"


async def test_a_failed_message_can_be_sent_again_by_hand(tx: Transaction) -> None:
    """It begins anew, with its old id, so that the provider knows it."""
    message_id = await waiting_message(tx)
    await put(tx, message_id, "failed")
    assert await store.requeue_messages(tx, [message_id]) == {message_id}
    (message,) = await claimed(tx)
    assert (message.message_id, message.attempts) == (message_id, 0)


@pytest.mark.parametrize("state", ["queued", "sent", "delivered", "cancelled"])
async def test_only_what_failed_is_sent_again(tx: Transaction, state: State) -> None:
    """Sending again by hand doubles nothing that may have arrived."""
    message_id = await waiting_message(tx)
    await put(tx, message_id, state)
    assert await store.requeue_messages(tx, [message_id]) == set()


async def test_nothing_is_sent_again_to_who_is_erased(tx: Transaction) -> None:
    """There is no number any more."""
    message_id = await waiting_message(tx)
    await put(tx, message_id, "failed")
    await on_identity_events(Batch.of(erased()), tx)
    assert await store.requeue_messages(tx, [message_id]) == set()


async def test_codes_are_forgotten_by_name(tx: Transaction) -> None:
    """A code that another message carries stays."""
    gone, stays = await waiting_code(tx), await waiting_code(tx)
    await store.forget_codes(tx, [gone])
    assert [message.message_id for message in await claimed_codes(tx)] == [stays]


async def test_old_messages_go_in_small_batches_and_waiting_ones_stay(tx: Transaction) -> None:
    """Housekeeping deletes what is done with and old, and nothing else."""
    old = [await waiting_message(tx) for _ in range(3)]
    waiting = await waiting_message(tx)
    await tx.execute("UPDATE messages SET created_at = now() - interval '91 days'")
    fresh = await waiting_message(tx)
    for message_id in [*old, fresh]:
        await put(tx, message_id, "delivered")
    assert await store.delete_old_messages(tx, older_than_days=90, limit=2) == 2
    assert await store.delete_old_messages(tx, older_than_days=90, limit=2) == 1
    assert await store.delete_old_messages(tx, older_than_days=90, limit=2) == 0
    rows = await tx.fetch("SELECT message_id FROM messages")
    assert {row["message_id"] for row in rows} == {waiting, fresh}
