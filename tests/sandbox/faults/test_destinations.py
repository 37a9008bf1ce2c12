import pytest

from libs.errors import Refused
from sandbox.faults.destinations import known_decider, known_destination, known_ministry, scopes_of


def test_everybody_the_sandbox_stands_in_for_is_known() -> None:
    """Bodies by their id, and the four who are one of a kind."""
    for destination in ("cabinet", "ministries", "sms", "registry"):
        assert known_destination(destination) == destination


@pytest.mark.parametrize("destination", ["nowhere", "", "SMS", "cabinet "])
def test_nobody_else_is(destination: str) -> None:
    """An order for a name that does not exist is refused, not kept unheeded."""
    with pytest.raises(Refused):
        known_destination(destination)


def test_an_sms_operator_is_no_ministry() -> None:
    """Submissions go to bodies only."""
    with pytest.raises(Refused):
        known_ministry("sms")


def test_only_those_who_decide_have_a_behaviour() -> None:
    """An operator reports and a register answers; neither decides."""
    for destination in ("cabinet", "ministries"):
        assert known_decider(destination) == destination
    for destination in ("sms", "registry"):
        with pytest.raises(Refused):
            known_decider(destination)


def test_a_ministry_is_met_by_its_own_orders_first() -> None:
    """The narrower scope comes first."""
    assert scopes_of("cabinet") == ("cabinet", "ministries")
    assert scopes_of("sms") == ("sms",)
