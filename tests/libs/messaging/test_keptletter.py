import pytest

from libs.database.transaction import Transaction
from libs.messaging import keptletter, unsettled
from libs.messaging.deadletter import DeadLetter
from libs.messaging.failedrow import FailedRow, keep_rows
from tests.libs.messaging.letters import HEADERS, keep_three, letter
from tests.libs.messaging.scene import SAMPLED


@pytest.fixture
async def filled(tx: Transaction) -> Transaction:
    """Letters 1, 2 and 3."""
    await keep_three(tx)
    return tx


async def test_a_letter_comes_back_as_it_was_kept(filled: Transaction) -> None:
    """Bytes, headers and counts are those of the record."""
    kept = await keptletter.lock_one(filled, 1)
    assert kept is not None
    assert isinstance(kept.letter, DeadLetter)
    assert (kept.letter.key, kept.letter.value) == (b"k", b"value")
    assert kept.letter.headers == list(HEADERS)
    assert kept.letter.attempts == 3


async def test_what_is_settled_is_locked_by_nobody(filled: Transaction) -> None:
    """A letter is settled once; the first word stands."""
    await keptletter.settle(filled, [1], how="replayed")
    await keptletter.settle(filled, [1], how="given up")
    assert await keptletter.lock_one(filled, 1) is None
    assert await filled.fetchval(
        "SELECT settled_how FROM dead_letters WHERE topic_offset = 10"
    ) == ("replayed")


async def test_a_failed_attempt_is_counted_with_its_reason(filled: Transaction) -> None:
    """Attempts grow, the newest reason stands, first seen stays."""
    await keptletter.note_attempt(filled, 1, reason="refused.x", detail="d", holds_back=False)
    kept = await keptletter.read_one(filled, 1)
    assert kept is not None
    assert (kept.letter.reason, kept.letter.attempts) == ("refused.x", 4)
    assert not await unsettled.is_held(filled, letter(11, "waiting"))


async def test_a_row_comes_back_as_it_was_kept(tx: Transaction) -> None:
    """Of a due row there are worker, party, key and trace, and no record."""
    row = FailedRow("hand over", "a", "lgd", "refused.x", "why", 3, True, SAMPLED)
    await keep_rows(tx, [row])
    kept = await keptletter.read_one(tx, 1)
    assert kept is not None
    assert kept.letter == row
