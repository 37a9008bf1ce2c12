import pytest

from libs.messaging.breaker import Breaker


class Clock:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(clock: Clock) -> Breaker:
    """A breaker of which the party `mopa` has just failed five times."""
    breaker = Breaker(clock)
    for _ in range(5):
        assert breaker.allows("mopa")
        breaker.failed("mopa")
    return breaker


def test_five_failures_in_a_row_close_the_way(opened: Breaker) -> None:
    """A party that does not answer is left alone; others are not touched."""
    assert not opened.allows("mopa")
    assert opened.closed_to() == {"mopa"}
    assert opened.allows("mofa")


def test_an_answer_in_between_begins_the_count_anew(clock: Clock) -> None:
    """Only failures in a row count."""
    breaker = Breaker(clock)
    for _ in range(3):
        for _ in range(4):
            breaker.failed("mopa")
        breaker.succeeded("mopa")
    assert breaker.allows("mopa")


def test_after_the_open_time_one_single_request_finds_out(opened: Breaker, clock: Clock) -> None:
    """Of all who wait only the first is told yes."""
    clock.now_s += 1.01
    assert opened.closed_to() == set()
    assert [opened.allows("mopa") for _ in range(3)] == [True, False, False]
    assert opened.closed_to() == {"mopa"}


def test_a_probe_that_succeeds_opens_the_way_for_all(opened: Breaker, clock: Clock) -> None:
    """The party is back."""
    clock.now_s += 1.01
    assert opened.allows("mopa")
    opened.succeeded("mopa")
    assert [opened.allows("mopa") for _ in range(3)] == [True, True, True]
    assert opened.opens_in_s("mopa") == 0.0


def test_a_probe_that_fails_doubles_the_time_up_to_ten_seconds(
    opened: Breaker, clock: Clock
) -> None:
    """A party that stays away is asked less and less often, but at least every ten seconds."""
    waits = [opened.opens_in_s("mopa")]
    for _ in range(8):
        clock.now_s += opened.opens_in_s("mopa") + 0.01
        assert opened.allows("mopa")
        opened.failed("mopa")
        waits.append(opened.opens_in_s("mopa"))
    assert waits[:4] == pytest.approx([1, 2, 4, 8])
    assert waits[-1] == pytest.approx(10)


def test_a_straggler_that_fails_late_lengthens_nothing(opened: Breaker) -> None:
    """Requests that were under way when the way was closed do not count again."""
    before_s = opened.opens_in_s("mopa")
    for _ in range(20):
        opened.failed("mopa")
    assert opened.opens_in_s("mopa") == before_s
