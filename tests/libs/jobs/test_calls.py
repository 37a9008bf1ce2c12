from datetime import UTC, datetime, timedelta

import pytest

from libs.errors import NotAdmitted, Unavailable
from libs.jobs.breaker import Breaker
from libs.jobs.calls import CallLog, percentile

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_last_answers_of_a_destination_are_remembered() -> None:
    """Durations are those of answers; a failure has none, and is counted by the breaker."""
    times = iter(NOON + timedelta(minutes=each) for each in range(1000))
    breaker = Breaker(lambda: 0.0)
    log = CallLog(breaker, now=lambda: next(times))
    for each in range(1, 301):
        log.answered("mopa", each / 1000)
    breaker.failed("mopa")
    log.failed("mopa", NotAdmitted("mopa"))
    (calls,) = log.read()
    assert (calls.destination, calls.circuit, calls.failures_in_row) == ("mopa", "closed", 1)
    assert calls.answered_at == NOON + timedelta(minutes=299)
    assert calls.failed_at == NOON + timedelta(minutes=300)
    assert calls.failure == "NotAdmitted"
    assert (calls.p50_s, calls.p99_s) == (0.172, 0.298)  # of the last 256


def test_a_destination_that_never_answered_has_no_durations() -> None:
    """Nothing is shown instead of a zero."""
    log = CallLog(Breaker(lambda: 0.0), now=lambda: NOON)
    log.failed("mofa", Unavailable("mofa"))
    (calls,) = log.read()
    assert (calls.answered_at, calls.p50_s, calls.p99_s) == (None, None, None)


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1.0), (50, 2.0), (99, 4.0), (100, 4.0), (25, 1.0), (26, 2.0)]
)
def test_a_percentile_is_one_of_the_values(percent: int, expected: float) -> None:
    """The nearest rank."""
    assert percentile([1.0, 2.0, 3.0, 4.0], percent) == expected
