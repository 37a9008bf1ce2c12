import pytest

from libs.jobs.throttle import Limits, Throttle
from tests.libs.jobs.scenes import FixedLimits


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def begun_in(throttle: Throttle, clock: Clock, seconds: int) -> list[int]:
    """How many calls to mopa begin in each of these seconds, if there is always one to make."""
    begun = []
    for _ in range(seconds):
        may_begin = throttle.may_begin("mopa")
        assert may_begin is not None
        throttle.began("mopa", may_begin)
        begun.append(may_begin)
        clock.now_s += 1.0
    return begun


def test_without_limits_a_destination_gets_all_calls_at_once(clock: Clock) -> None:
    """Nothing is counted for it."""
    throttle = Throttle(None, calls_at_once=16, clock=clock)
    throttle.began("mopa")
    throttle.recovered("mopa")
    assert (throttle.at_once("mopa"), throttle.may_begin("mopa")) == (16, None)
    assert throttle.limited() == set()


@pytest.mark.parametrize(
    ("calls_per_s", "expected"), [(3.0, [3, 3, 3, 3]), (0.5, [1, 0, 1, 0]), (1.5, [1, 2, 1, 2])]
)
def test_calls_a_second_are_limited(clock: Clock, calls_per_s: float, expected: list[int]) -> None:
    """A destination that was not called for long gets one call more in its first second."""
    limits = FixedLimits({"mopa": Limits(calls_at_once=2, calls_per_s=calls_per_s)})
    throttle = Throttle(limits, calls_at_once=16, clock=clock)
    assert throttle.limited() == {"mopa"}
    assert throttle.at_once("mopa") == 2
    assert begun_in(throttle, clock, 4) == expected
    clock.now_s += 3600
    assert throttle.may_begin("mopa") == int(calls_per_s + 1)


def test_after_an_outage_calls_begin_slowly(clock: Clock) -> None:
    """One call a second at first, twice as many every half minute, and no limit after five."""
    throttle = Throttle(FixedLimits(), calls_at_once=16, clock=clock)
    throttle.recovered("mopa")
    assert throttle.limited() == {"mopa"}
    begun = begun_in(throttle, clock, 120)
    assert (begun[10], begun[40], begun[70], begun[100]) == (1, 2, 4, 8)
    clock.now_s += 180
    assert throttle.may_begin("mopa") is None
    assert throttle.limited() == set()


def test_its_own_limit_holds_after_an_outage_too(clock: Clock) -> None:
    """The smaller of the two counts."""
    limits = FixedLimits({"mopa": Limits(calls_per_s=2.0)})
    throttle = Throttle(limits, calls_at_once=16, clock=clock)
    throttle.recovered("mopa")
    assert begun_in(throttle, clock, 200)[190] == 2


def test_the_end_of_a_planned_outage_is_a_recovery(clock: Clock) -> None:
    """What waited meanwhile does not come all at once."""
    limits = FixedLimits()
    throttle = Throttle(limits, calls_at_once=16, clock=clock)
    limits.closed_now = {"mopa"}
    assert throttle.closed() == {"mopa"}
    limits.closed_now = set()
    assert throttle.closed() == set()
    assert throttle.may_begin("mopa") == 1
    assert throttle.may_begin("mofa") is None


def test_the_start_of_a_process_is_no_recovery(clock: Clock) -> None:
    """Nobody is called before the limits are read, and everybody at full speed after."""
    limits = FixedLimits()
    throttle = Throttle(limits, calls_at_once=16, clock=clock)
    limits.unknown_now = {"mopa", "mofa"}
    assert throttle.closed() == {"mopa", "mofa"}
    limits.unknown_now = set()
    limits.closed_now = {"mopa"}
    assert throttle.closed() == {"mopa"}
    assert throttle.may_begin("mofa") is None
    limits.closed_now = set()
    assert throttle.closed() == set()
    assert throttle.may_begin("mopa") == 1
