"""Challenges of passkeys: signed, so that asking for one stores nothing.

A challenge is 16 random bytes, the second when it expires, and a MAC over both and its purpose. It
is stored when it was answered, so that it is answered once (Web Authentication Level 3, 13.4.3).
"""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

CHALLENGE_S: Final = 120
NONCE_BYTES: Final = 16
LOGIN: Final = "login"
_TIME_BYTES = 8
_SIGNED_BYTES = NONCE_BYTES + _TIME_BYTES
_CHALLENGE_BYTES = _SIGNED_BYTES + sha256().digest_size


def registration_of(staff_id: UUID) -> str:
    """Return the purpose of a challenge to add a passkey to an account."""
    return f"passkey of {staff_id}"


def make_challenge(key: bytes, purpose: str, nonce: bytes, at: datetime) -> bytes:
    """Return a challenge that can be answered for two minutes.

    Args:
        key: signs challenges.
        purpose: what an answer is good for.
        nonce: 16 random bytes.
        at: the current time.
    """
    expires_at = at + timedelta(seconds=CHALLENGE_S)
    signed = nonce + int(expires_at.timestamp()).to_bytes(_TIME_BYTES, "big")
    return signed + _mac(key, purpose, signed)


def expiry_of(key: bytes, purpose: str, challenge: bytes, at: datetime) -> datetime | None:
    """Return when a challenge expires; None if it has, or was not made for this purpose."""
    signed, mac = challenge[:_SIGNED_BYTES], challenge[_SIGNED_BYTES:]
    if len(challenge) != _CHALLENGE_BYTES:
        return None
    if not hmac.compare_digest(mac, _mac(key, purpose, signed)):
        return None
    expires_at = datetime.fromtimestamp(int.from_bytes(signed[NONCE_BYTES:], "big"), UTC)
    return expires_at if at < expires_at else None


def _mac(key: bytes, purpose: str, signed: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + signed, sha256)
