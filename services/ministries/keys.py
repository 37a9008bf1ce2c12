"""The signing keys of ministries (Standard Webhooks), both ways: our calls and their callbacks."""

from collections.abc import Sequence
from typing import Final

from libs.web.signed.signatures import derived_key, keys_of_party
from services.ministries.settings import Settings

_REPORTS: Final = "reports of adapters check"  # no ministry has this id


def keys_of(settings: Settings, ministry: str) -> Sequence[str]:
    """Return the signing keys of one ministry, the newest first.

    These are the ministry's keys in the settings. While a key is rotated there are two, and both
    are valid: our calls carry a signature by each, and callbacks may be signed with either. A
    ministry without keys in the settings has one that is derived from the master secret.
    """
    return keys_of_party(settings.ministry_keys, settings.ministry_secret, ministry)


def report_key(settings: Settings) -> str:
    """Return the key that signs reports of `adapters check`; no ministry can derive it."""
    return derived_key(settings.ministry_secret.get_secret_value(), _REPORTS)
