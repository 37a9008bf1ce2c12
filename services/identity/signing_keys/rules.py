"""Rotation of signing keys: the key that signs, and the keys that are published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, repr=False)
class StoredKey:
    """A stored signing key.

    Args:
        kid: RFC 7638 thumbprint of the public key.
        public_jwk: the public key as a JSON Web Key.
        wrapped_private_key: the private key, encrypted with the key secret.
        signs_from: when the key starts to sign; it is published earlier.
    """

    kid: str
    public_jwk: str
    wrapped_private_key: bytes
    signs_from: datetime


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """Settings of signing keys.

    Args:
        lead_s: seconds for which a new key is published before it signs; longer than a key set may
            be cached.
        token_life_s: seconds for which an access token is valid, and for which an old key stays
            published.
        clock_skew_s: seconds by which the clocks of two machines may differ.
    """

    lead_s: int
    token_life_s: int
    clock_skew_s: int = 60


def signing_key(keys: Sequence[StoredKey], at: datetime) -> StoredKey | None:
    """Return the key that signs at `at`: the newest that has started to sign."""
    started = [key for key in keys if key.signs_from <= at]
    return max(started, key=lambda key: key.signs_from, default=None)


def published_keys(keys: Sequence[StoredKey], policy: KeyPolicy, at: datetime) -> list[StoredKey]:
    """Return the keys that verify valid tokens, oldest first: old, current and next."""
    oldest_needed = at - timedelta(seconds=policy.token_life_s + policy.clock_skew_s)
    signing_then = signing_key(keys, oldest_needed)
    since = signing_then.signs_from if signing_then else oldest_needed
    return sorted((key for key in keys if key.signs_from >= since), key=lambda key: key.signs_from)


def expired_keys(keys: Sequence[StoredKey], policy: KeyPolicy, at: datetime) -> list[StoredKey]:
    """Return the keys with which no valid token was signed."""
    published = {key.kid for key in published_keys(keys, policy, at)}
    return [key for key in keys if key.kid not in published]
