import pytest

from libs.errors import Refused
from sandbox.faults.destinations import (
    check_decider,
    check_destination,
    check_ministry,
    scopes_of,
)


def test_every_destination_is_known() -> None:
    """Bodies by their id, and the three that are one of a kind."""
    for destination in ("cabinet", "ministries", "sms", "registry"):
        check_destination(destination)


@pytest.mark.parametrize("destination", ["nowhere", "", "SMS", "cabinet "])
def test_any_other_is_refused(destination: str) -> None:
    """An order for a name that does not exist is refused, not kept unheeded."""
    with pytest.raises(Refused):
        check_destination(destination)


def test_only_those_that_decide_have_a_behaviour() -> None:
    """An operator reports and a register answers; neither decides, and submissions go to bodies."""
    for destination in ("cabinet", "ministries"):
        check_decider(destination)
    for destination in ("sms", "registry"):
        with pytest.raises(Refused):
            check_decider(destination)
    with pytest.raises(Refused):
        check_ministry("ministries")


def test_a_ministry_has_its_own_orders_first() -> None:
    """The narrower scope comes first."""
    assert scopes_of("cabinet") == ("cabinet", "ministries")
    assert scopes_of("sms") == ("sms",)
