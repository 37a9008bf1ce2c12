import pytest

from services.identity.codes.device_tokens import DeviceTokens
from services.identity.codes.rules import Origin

DEVICES = DeviceTokens(b"k" * 32)
PHONE, OTHER, ADDRESS = "+8801712345678", "+8801812345678", "203.0.113.7"


def test_a_device_is_known_for_the_phone_that_logged_in() -> None:
    """For another phone it is the same device, and not known."""
    token = DEVICES.make(None, PHONE)
    origin = DEVICES.origin(ADDRESS, token, PHONE)
    assert origin.is_known
    assert DEVICES.origin(ADDRESS, token, OTHER) == Origin(ADDRESS, origin.device_id)
    newer = DEVICES.make(origin.device_id, OTHER)
    assert DEVICES.origin(ADDRESS, newer, OTHER) == Origin(ADDRESS, origin.device_id, is_known=True)


@pytest.mark.parametrize("token", [None, "", "a" * 64, "a" * 63, "\u09e7" * 64, "=" * 64, " "])
def test_a_token_that_is_not_ours_is_ignored(token: str | None) -> None:
    """Its request is a stranger's."""
    assert DEVICES.origin(ADDRESS, token, PHONE) == Origin(ADDRESS)


def test_a_token_cannot_be_changed_or_made_by_others() -> None:
    """A change of any character, or another key, makes it worthless."""
    token = DEVICES.make(None, PHONE)
    for at in range(len(token)):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert DEVICES.origin(ADDRESS, changed, PHONE) == Origin(ADDRESS)
    assert DeviceTokens(b"x" * 32).origin(ADDRESS, token, PHONE) == Origin(ADDRESS)


def test_a_token_shows_no_phone() -> None:
    """Two devices of one phone have nothing in common but a keyed hash."""
    assert PHONE not in DEVICES.make(None, PHONE)
    assert DEVICES.make(None, PHONE) != DEVICES.make(None, PHONE)
