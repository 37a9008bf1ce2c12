import pytest

from libs.errors import Refused
from sandbox.faults.destinations import (
    check_decider,
    check_destination,
    check_ministry,
    scopes_of,
)


def test_every_destination_is_known() -> None:
    """Bodies by their id, and `ministries`, `sms` and `registry`."""
    for destination in ("cabinet", "ministries", "sms", "registry"):
        check_destination(destination)


@pytest.mark.parametrize("destination", ["nowhere", "", "SMS", "cabinet "])
def test_an_unknown_destination_is_refused(destination: str) -> None:
    """Faults of a name that does not exist are refused."""
    with pytest.raises(Refused):
        check_destination(destination)


def test_only_ministries_have_a_behaviour() -> None:
    """The SMS operator and the registry do not decide."""
    for destination in ("cabinet", "ministries"):
        check_decider(destination)
    for destination in ("sms", "registry"):
        with pytest.raises(Refused):
            check_decider(destination)
    with pytest.raises(Refused):
        check_ministry("ministries")


def test_a_ministry_has_its_own_faults_first() -> None:
    """The narrower scope comes first."""
    assert scopes_of("cabinet") == ("cabinet", "ministries")
    assert scopes_of("sms") == ("sms",)
