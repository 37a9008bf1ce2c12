"""Rotation of signing keys: the key that signs, and the keys that are published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from libs.errors import Refused


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


@dataclass(frozen=True, slots=True)
class KeyStage:
    """The stage of a published key.

    Args:
        kid: the key.
        stage: `next` waits for its time, `signs` makes new tokens, `verifies` only reads old ones.
        signs_from: when it begins to sign.
        ends_at: when its last token has expired; None while no other key takes its place.
    """

    kid: str
    stage: Literal["next", "signs", "verifies"]
    signs_from: datetime
    ends_at: datetime | None


def key_stages(keys: Sequence[StoredKey], policy: KeyPolicy, at: datetime) -> Iterator[KeyStage]:
    """The stages of the published keys, oldest first."""
    published = published_keys(keys, policy, at)
    signing = signing_key(keys, at)
    ends = timedelta(seconds=policy.token_life_s + policy.clock_skew_s)
    for key, successor in zip(published, [*published[1:], None], strict=True):
        ends_at = successor.signs_from + ends if successor else None
        if key.signs_from > at:
            yield KeyStage(key.kid, "next", key.signs_from, None)
        elif key == signing:
            yield KeyStage(key.kid, "signs", key.signs_from, ends_at)
        else:
            yield KeyStage(key.kid, "verifies", key.signs_from, ends_at)


def check_rotation(keys: Sequence[StoredKey], at: datetime) -> None:
    """Check that a rotation may begin.

    Raises:
        Refused: the one before has not ended: a key waits for its time to sign.
    """
    if any(key.signs_from > at for key in keys):
        raise Refused("key_rotation_under_way")


def expired_keys(keys: Sequence[StoredKey], policy: KeyPolicy, at: datetime) -> list[StoredKey]:
    """Return the keys with which no valid token was signed."""
    published = {key.kid for key in published_keys(keys, policy, at)}
    return [key for key in keys if key.kid not in published]
