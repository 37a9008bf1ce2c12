"""Signed callbacks by the Standard Webhooks specification (1.0), symmetric form."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import SecretStr

from libs.bangladesh.text import Malformed, parse_int
from libs.errors import Refused

TOLERANCE_S = 300
_PREFIX = "whsec_"


def sign(secret: str | Sequence[str], webhook_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Make the three headers of a signed body.

    Args:
        secret: shared with the receiver; base64 after `whsec_`, or any other text as it is. With
            several, the body is signed with each, so that a receiver needs only one of them.
        webhook_id: the same for every repeat of a message.
        at: the time of sending.
        body: the bytes to send.
    """
    timestamp = str(int(at.timestamp()))
    macs = [_mac(key, webhook_id, timestamp, body) for key in _all(secret)]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{mac}" for mac in macs),
    }


def verify(
    secret: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    tolerance_s: int = TOLERANCE_S,
) -> str:
    """Check the signature and the time of a body; return its id.

    Args:
        secret: shared with the sender; one of several while it is rotated.
        headers: of the request, with lower-case names or case-insensitive.
        body: the received bytes.
        now: the time of arrival.
        tolerance_s: maximum age of the message and difference of the clocks, in seconds.

    Raises:
        Refused: a header is missing, the time is outside the tolerance, or no signature matches.
    """
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    try:
        age_s = now.timestamp() - parse_int(timestamp)
    except Malformed:
        raise Refused("signature_invalid", "no time") from None
    if abs(age_s) > tolerance_s:
        raise Refused("signature_invalid", "too old or too new")
    signatures = [
        signature.encode() for signature in headers.get("webhook-signature", "").split(" ")
    ]
    for key in _all(secret):
        expected = f"v1,{_mac(key, webhook_id, timestamp, body)}".encode()
        if any(hmac.compare_digest(signature, expected) for signature in signatures):
            return webhook_id
    raise Refused("signature_invalid", "no signature matches")


def derived_key(master_secret: str, party: str) -> str:
    """Return the key of one party, where all derive from one secret.

    No other key can be derived from it.
    """
    key = hmac.digest(master_secret.encode(), party.encode(), "sha256")
    return _PREFIX + base64.b64encode(key).decode()


def keys_of_party(
    own: Mapping[str, Sequence[SecretStr]], master_secret: SecretStr, party: str
) -> Sequence[str]:
    """Return the keys of one party, the newest first.

    While a key is rotated there are two, and both are valid. A party without keys of its own has
    the one that is derived from the master secret.
    """
    if party in own:
        return [key.get_secret_value() for key in own[party]]
    return [derived_key(master_secret.get_secret_value(), party)]


def _all(secret: str | Sequence[str]) -> Sequence[str]:
    return [secret] if isinstance(secret, str) else secret


def _mac(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()
