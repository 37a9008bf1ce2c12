import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.backoff import Backoff
from libs.jobs import RetryPolicy


def test_our_own_pauses_grow_to_a_limit() -> None:
    """The pauses for our database and broker start short and stay bounded."""
    backoff = Backoff(first_s=0.1, most_s=1.0)
    pauses = [backoff.next_s() for _ in range(8)]
    assert 0.08 <= pauses[0] <= 0.12
    assert all(pause <= 1.2 for pause in pauses)
    assert pauses[-1] >= 0.8


@given(attempts=st.integers(1, 10_000), retry_after_s=st.none() | st.floats(0, 10_000))
def test_retry_after_is_honoured(attempts: int, retry_after_s: float | None) -> None:
    """`Retry-After` is honoured, and no number of attempts overflows."""
    pause_s = RetryPolicy().pause_s(attempts, retry_after_s=retry_after_s)
    assert pause_s >= (retry_after_s or 0)
    assert pause_s <= max(3600 * 1.25, retry_after_s or 0)


def test_pauses_grow_by_the_factor() -> None:
    """Without jitter, pauses grow by the factor."""
    policy = RetryPolicy(first_s=2, factor=3, most_s=100, jitter=0)
    assert [policy.pause_s(each) for each in (1, 2, 3, 4, 5)] == pytest.approx([2, 6, 18, 54, 100])


def test_pauses_differ() -> None:
    """Jobs that failed together are retried at different times."""
    pauses = {RetryPolicy(first_s=60).pause_s(1) for _ in range(50)}
    assert max(pauses) - min(pauses) > 5
