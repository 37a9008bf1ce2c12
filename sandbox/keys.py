"""The keys that a ministry shares with the platform (Standard Webhooks)."""

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from pydantic import SecretStr

from sandbox.settings import Settings

KeysOf = Callable[[str], Sequence[str]]
"""Returns the keys of a ministry, the newest first."""


def keys_of(settings: Settings) -> KeysOf:
    """Return the function that finds the keys of a ministry."""
    return partial(_keys, settings.ministry_keys, settings.ministry_secret)


def ministry_secret(master: str, ministry: str) -> str:
    """Derive the key of one ministry; no ministry can sign for another.

    The ministries service derives the same key.
    """
    key = hmac.digest(master.encode(), ministry.encode(), "sha256")
    return "whsec_" + base64.b64encode(key).decode()


def _keys(
    own: Mapping[str, Sequence[SecretStr]], master: SecretStr, ministry: str
) -> Sequence[str]:
    if ministry in own:
        return [key.get_secret_value() for key in own[ministry]]
    return [ministry_secret(master.get_secret_value(), ministry)]
