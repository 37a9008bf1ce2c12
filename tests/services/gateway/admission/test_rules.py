from hypothesis import given
from hypothesis import strategies as st

from services.gateway.admission.rules import Bucket, Limit, take

LIMIT = Limit(rate=2.0, burst=3.0)


def test_burst_is_allowed_and_then_the_rate() -> None:
    """Three requests at once pass; the fourth has to wait half a second for the next token."""
    bucket: Bucket | None = None
    for _ in range(3):
        bucket, wait_s = take(bucket, LIMIT, 10.0)
        assert wait_s == 0
    bucket, wait_s = take(bucket, LIMIT, 10.0)
    assert wait_s == 0.5
    _, wait_s = take(bucket, LIMIT, 10.5)
    assert wait_s == 0


def test_tokens_do_not_exceed_the_burst() -> None:
    """After an hour without requests three pass, not thousands."""
    bucket, _ = take(None, LIMIT, 0.0)
    assert take(bucket, LIMIT, 3_600.0)[0].tokens == 2.0


@given(st.lists(st.floats(0, 0.1), max_size=200))
def test_no_caller_gets_more_than_burst_and_rate(pauses_s: list[float]) -> None:
    """For any pattern of requests at most the burst and the rate since then pass."""
    bucket, now_s, passed = None, 0.0, 0
    for pause_s in pauses_s:
        now_s += pause_s
        bucket, wait_s = take(bucket, LIMIT, now_s)
        passed += wait_s == 0
    assert passed <= LIMIT.burst + LIMIT.rate * now_s + 1e-6
