"""Which key signs now and which ones others still need to know: rotation without a gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, repr=False)
class StoredKey:
    """A signing key as it is kept.

    Args:
        kid: RFC 7638 thumbprint of the public half.
        public_jwk: the public half as a JSON Web Key.
        private_wrapped: the private half, readable with the key secret only.
        signs_from: when it begins to sign; it is published before.
    """

    kid: str
    public_jwk: str
    private_wrapped: bytes
    signs_from: datetime


@dataclass(frozen=True, slots=True)
class KeyRules:
    """What the settings say about signing keys.

    Args:
        lead_s: how long a new key is published before it signs, so that whoever keeps the key set
            for a while has it by then.
        token_life_s: how long a token lives; an old key stays published for so long.
        clock_s: how far the clocks of two machines may differ.
    """

    lead_s: int
    token_life_s: int
    clock_s: int = 60


def signing_key(keys: Sequence[StoredKey], at: datetime) -> StoredKey | None:
    """Return the key that signs at this moment: the newest whose time has come."""
    begun = [key for key in keys if key.signs_from <= at]
    return max(begun, key=lambda key: key.signs_from, default=None)


def published_keys(keys: Sequence[StoredKey], rules: KeyRules, at: datetime) -> list[StoredKey]:
    """Return the keys that tokens of now may need, oldest first: coming, signing, just retired."""
    oldest_needed = at - timedelta(seconds=rules.token_life_s + rules.clock_s)
    signed_then = signing_key(keys, oldest_needed)
    since = signed_then.signs_from if signed_then else oldest_needed
    return sorted((key for key in keys if key.signs_from >= since), key=lambda key: key.signs_from)


def forgotten_keys(keys: Sequence[StoredKey], rules: KeyRules, at: datetime) -> list[StoredKey]:
    """Return the keys that no living token was signed with."""
    published = {key.kid for key in published_keys(keys, rules, at)}
    return [key for key in keys if key.kid not in published]
