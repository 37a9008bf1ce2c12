import pytest
from pydantic import ValidationError

from sandbox.faults.rules import Faults, Injected, Ordered, in_force, meet


def never() -> float:
    raise AssertionError("no chance is involved")


def test_without_orders_everything_goes_well() -> None:
    """A destination that nobody spoiled does what it should."""
    assert meet([], never, 0) == Injected()


def test_an_outage_ends_by_itself() -> None:
    """While it lasts nothing is taken in, and afterwards everything."""
    orders = [Ordered(Faults(down_for_s=10), at_s=100)]
    assert meet(orders, never, 109.9).instead == "refuse"
    assert meet(orders, never, 110).instead is None


@pytest.mark.parametrize(
    ("fault", "instead"),
    [("error_rate", "error"), ("hang_rate", "hang"), ("nonsense_rate", "nonsense")],
)
def test_a_rate_hits_its_share(fault: str, instead: str) -> None:
    """A request is hit when the draw falls below the rate, and only then."""
    orders = [Ordered(Faults.model_validate({fault: 0.3}), at_s=0)]
    assert meet(orders, lambda: 0.29, 1).instead == instead
    assert meet(orders, lambda: 0.3, 1).instead is None


def test_a_lost_answer_is_lost_after_the_work() -> None:
    """The request is let through, and only its answer is not."""
    orders = [Ordered(Faults(lose_answer_rate=1.0, delay_ms=250), at_s=0)]
    assert meet(orders, lambda: 0.5, 1) == Injected(None, 0.25, lose_answer=True)


def test_what_is_ordered_for_one_ministry_stands_before_what_is_ordered_for_all() -> None:
    """Field by field the narrower order counts, and the wider where it says nothing."""
    own = Ordered(Faults(delay_ms=5, error_rate=0.0), at_s=0)
    wide = Ordered(Faults(error_rate=1.0, hang_rate=0.5), at_s=0)
    assert in_force([own, wide]) == Faults(delay_ms=5, error_rate=0.0, hang_rate=0.5)


@pytest.mark.parametrize("wrong", [{"error_rate": 1.1}, {"delay_ms": -1}, {"delay": 1}])
def test_an_order_that_makes_no_sense_is_not_taken(wrong: dict[str, float]) -> None:
    """A mistyped fault must not look like a destination that behaves."""
    with pytest.raises(ValidationError):
        Faults.model_validate(wrong)
