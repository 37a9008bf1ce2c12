import pytest

from libs.jobs.breaker import Breaker


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(clock: Clock) -> Breaker:
    """A breaker for which the destination `mopa` has just failed five times."""
    breaker = Breaker(clock)
    for _ in range(5):
        assert breaker.allows("mopa")
        breaker.failed("mopa")
    return breaker


def test_five_failures_in_a_row_open_the_breaker(opened: Breaker) -> None:
    """A destination that does not answer is not called; others are."""
    assert not opened.allows("mopa")
    assert opened.open_circuits() == {"mopa"}
    assert opened.allows("mofa")


def test_the_state_of_a_circuit_is_shown(clock: Clock, opened: Breaker) -> None:
    """It is open after five failures, half open while one call probes, and closed by an answer."""
    assert (opened.circuit("mopa"), opened.circuit("mofa")) == ("open", "closed")
    assert (opened.failures_in_row("mopa"), opened.failures_in_row("mofa")) == (5, 0)
    clock.now_s += 60
    assert opened.allows("mopa")
    assert opened.circuit("mopa") == "half_open"
    assert opened.succeeded("mopa")
    assert not opened.succeeded("mopa")
    assert opened.circuit("mopa") == "closed"


def test_an_answer_resets_the_count(clock: Clock) -> None:
    """Only failures in a row count."""
    breaker = Breaker(clock)
    for _ in range(3):
        for _ in range(4):
            breaker.failed("mopa")
        breaker.succeeded("mopa")
    assert breaker.allows("mopa")


def test_after_the_pause_a_single_call_probes(opened: Breaker, clock: Clock) -> None:
    """Of all waiting callers only the first may call."""
    clock.now_s += 1.01
    assert opened.open_circuits() == set()
    assert [opened.allows("mopa") for _ in range(3)] == [True, False, False]
    assert opened.open_circuits() == {"mopa"}


def test_a_probe_that_succeeds_allows_all_calls(opened: Breaker, clock: Clock) -> None:
    """After a successful probe all calls are allowed."""
    clock.now_s += 1.01
    assert opened.allows("mopa")
    opened.succeeded("mopa")
    assert [opened.allows("mopa") for _ in range(3)] == [True, True, True]
    assert opened.opens_in_s("mopa") == 0.0


def test_a_probe_that_fails_doubles_the_time_up_to_ten_seconds(
    opened: Breaker, clock: Clock
) -> None:
    """The pause between probes doubles, up to ten seconds."""
    waits = [opened.opens_in_s("mopa")]
    for _ in range(8):
        clock.now_s += opened.opens_in_s("mopa") + 0.01
        assert opened.allows("mopa")
        opened.failed("mopa")
        waits.append(opened.opens_in_s("mopa"))
    assert waits[:4] == pytest.approx([1, 2, 4, 8])
    assert waits[-1] == pytest.approx(10)


def test_a_late_failure_does_not_lengthen_the_pause(opened: Breaker) -> None:
    """Calls that began before the breaker opened do not count again."""
    before_s = opened.opens_in_s("mopa")
    for _ in range(20):
        opened.failed("mopa")
    assert opened.opens_in_s("mopa") == before_s
