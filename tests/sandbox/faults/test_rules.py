import pytest
from pydantic import ValidationError

from sandbox.faults.rules import ActiveFaults, Faults, Injected, choose_fault, merge


def never() -> float:
    raise AssertionError("no chance is involved")


def test_without_faults_a_request_has_none() -> None:
    """A destination without faults works."""
    assert choose_fault([], never, 0) == Injected()


def test_an_outage_ends_after_its_time() -> None:
    """Requests are refused during the outage, and accepted afterwards."""
    active = [ActiveFaults(Faults(down_for_s=10), at_s=100)]
    assert choose_fault(active, never, 109.9).instead == "refuse"
    assert choose_fault(active, never, 110).instead is None


@pytest.mark.parametrize(
    ("fault", "instead"),
    [
        ("error_rate", "error"),
        ("hang_rate", "hang"),
        ("nonsense_rate", "nonsense"),
        ("proxy_rate", "proxy"),
        ("refuse_rate", "agreed_refusal"),
    ],
)
def test_a_rate_applies_to_its_share_of_requests(fault: str, instead: str) -> None:
    """A request gets the fault exactly when the draw is below the rate."""
    active = [ActiveFaults(Faults.model_validate({fault: 0.3}), at_s=0)]
    assert choose_fault(active, lambda: 0.29, 1).instead == instead
    assert choose_fault(active, lambda: 0.3, 1).instead is None


def test_a_response_is_lost_after_the_work() -> None:
    """The work is done before the connection is closed."""
    active = [ActiveFaults(Faults(lose_answer_rate=1.0, delay_ms=250), at_s=0)]
    assert choose_fault(active, lambda: 0.5, 1) == Injected(None, 0.25, lose_answer=True)


def test_faults_of_one_ministry_override_those_of_all() -> None:
    """For a missing field the faults of all ministries apply."""
    own = ActiveFaults(Faults(delay_ms=5, error_rate=0.0), at_s=0)
    wide = ActiveFaults(Faults(error_rate=1.0, hang_rate=0.5), at_s=0)
    assert merge([own, wide]) == Faults(delay_ms=5, error_rate=0.0, hang_rate=0.5)


@pytest.mark.parametrize("wrong", [{"error_rate": 1.1}, {"delay_ms": -1}, {"delay": 1}])
def test_invalid_faults_are_refused(wrong: dict[str, float]) -> None:
    """A typing error must not look like a destination without faults."""
    with pytest.raises(ValidationError):
        Faults.model_validate(wrong)
