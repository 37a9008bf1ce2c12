"""The signing keys of ministries (Standard Webhooks), both ways: our calls and their callbacks."""

import base64
import hmac
from collections.abc import Sequence

from services.ministries.settings import Settings


def keys_of(settings: Settings, ministry: str) -> Sequence[str]:
    """Return the signing keys of one ministry, the newest first.

    These are the ministry's keys in the settings. While a key is rotated there are two, and both
    are valid: our calls carry a signature by each, and callbacks may be signed with either. A
    ministry without keys in the settings has one that is derived from the master secret.
    """
    own = settings.ministry_keys.get(ministry)
    if own:
        return [key.get_secret_value() for key in own]
    return [derived_key(settings.ministry_secret.get_secret_value(), ministry)]


def derived_key(master_secret: str, ministry: str) -> str:
    """Return the key of one ministry; no other key can be derived from it."""
    key = hmac.digest(master_secret.encode(), ministry.encode(), "sha256")
    return "whsec_" + base64.b64encode(key).decode()
