import pytest

from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.messaging.failedrow import FailedRow, keep_rows, reason_of, settle_rows
from libs.messaging.unsettled import listed
from tests.libs.messaging.scene import SAMPLED


def failed(row_key: str = "a", reason: str = "refused.x", worker: str = "hand over") -> FailedRow:
    return FailedRow(worker, row_key, "lgd", reason, "status 422", 3, True, SAMPLED)


async def test_an_end_recorded_twice_is_one_letter_and_new_once(tx: Transaction) -> None:
    """However often the same end is written down, one letter stands and one alert follows."""
    assert await keep_rows(tx, [failed(), failed("b")]) == [failed(), failed("b")]
    assert await keep_rows(tx, [failed("b"), failed("c")]) == [failed("c")]
    assert await keep_rows(tx, []) == []
    (first, *_) = await listed(tx, limit=10)
    assert (first.worker, first.party, first.row_key) == ("hand over", "lgd", "a")
    assert (first.attempts, first.holds_back, first.trace_context) == (3, True, SAMPLED.text())


async def test_the_rows_of_two_workers_are_two(tx: Transaction) -> None:
    """Two workers may have rows with the same key."""
    assert len(await keep_rows(tx, [failed(), failed(worker="send")])) == 2


async def test_a_row_that_ends_badly_again_opens_its_letter_again(tx: Transaction) -> None:
    """A resend that failed is a new final failure of the same letter: first time and tries stay."""
    await keep_rows(tx, [failed()])
    await settle_rows(tx, "hand over", ["a", "unknown"], how="answered")
    assert await listed(tx, limit=10) == []
    again = failed(reason="unavailable.lgd")
    assert await keep_rows(tx, [again]) == [again]
    (found,) = await listed(tx, limit=10)
    assert (found.dead_letter_id, found.reason, found.attempts) == (1, "unavailable.lgd", 6)


@pytest.mark.parametrize(
    ("failure", "reason", "detail"),
    [
        (Refused("by_ministry", "status 422"), "refused.by_ministry", "status 422"),
        (Unavailable("lgd", "status 503"), "unavailable.lgd", "status 503"),
        (Unreadable("nonsense", "no number"), "unreadable.nonsense", "no number"),
        (KeyError("Rahima"), "defect.KeyError", "the call failed on our side"),
        (None, "defect.NoneType", "the call failed on our side"),
    ],
)
def test_a_failure_becomes_a_code_without_a_defects_own_words(
    failure: Exception | None, reason: str, detail: str
) -> None:
    """Our own exceptions say codes; any other may quote a citizen."""
    assert reason_of(failure) == (reason, detail)
