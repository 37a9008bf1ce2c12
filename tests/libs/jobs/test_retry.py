from datetime import UTC, datetime
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.backoff import Backoff
from libs.encryption import Forged, UnknownDataKey
from libs.errors import Unavailable
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


def test_our_own_infrastructure_is_tried_again_after_seconds() -> None:
    """However many attempts there were, and however old the job is."""
    policy = RetryPolicy(give_up_after_s=60)
    ours, theirs = Unavailable("database"), Unavailable("mopa", retry_after_s=900)
    pause_s = policy.retry_in_s(ours, attempts=50, age_s=1e9)
    assert pause_s is not None
    assert 1 <= pause_s <= 5
    assert policy.retry_in_s(theirs, attempts=50, age_s=1e9) is None
    assert (policy.is_ours(ours), policy.is_ours(theirs)) == (True, False)


def test_a_row_that_cannot_be_decrypted_is_nobody_elses_failure() -> None:
    """A changed one is given up at once, one without its data key when the keys were read again."""
    policy, now = RetryPolicy(), datetime.now(UTC)
    changed, unknown = Forged("changed"), UnknownDataKey(1, now)
    assert policy.retry_in_s(changed, attempts=1, age_s=0) is None
    assert policy.retry_in_s(unknown, attempts=1, age_s=0) == 30
    assert policy.retry_in_s(unknown, attempts=1, age_s=0, alike=3) is None
    assert policy.is_ours(changed)
    assert policy.is_ours(unknown)


def test_a_policy_may_never_give_up() -> None:
    """With an infinite age, only a person does; pauses grow to half a day, with jitter."""
    policy = RetryPolicy(first_s=1.5, most_s=43_200, give_up_after_s=inf)
    pause_s = policy.retry_in_s(Unavailable("mopa"), attempts=40, age_s=17 * 86_400)
    assert pause_s is not None
    assert 0.75 * 43_200 <= pause_s <= 1.25 * 43_200


def test_pauses_differ() -> None:
    """Jobs that failed together are retried at different times."""
    pauses = {RetryPolicy(first_s=60).pause_s(1) for _ in range(50)}
    assert max(pauses) - min(pauses) > 5
