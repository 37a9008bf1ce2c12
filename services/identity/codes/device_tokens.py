"""Device tokens: a login leaves one on the device, and the next request for a code shows it.

A token says that a phone has logged in on a device (OWASP, "Slow Down Online Guessing Attacks with
Device Cookies"). It opens nothing: a code is needed all the same. The phone is in it as a keyed
hash.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from services.identity.codes.rules import Origin

_PART_BYTES: Final = 16
_TOKEN_BYTES: Final = 3 * _PART_BYTES


def new_device_id() -> str:
    """Return the id of a device that has no token yet."""
    return secrets.token_hex(_PART_BYTES)


@dataclass(frozen=True, slots=True)
class DeviceTokens:
    """Makes and reads device tokens.

    Args:
        key: HMAC key.
    """

    key: bytes

    def make(self, device_id: str | None, phone: str) -> str:
        """Return the token of a device on which a phone has logged in; None is a new device."""
        body = bytes.fromhex(device_id or new_device_id()) + self._tag(b"phone", phone.encode())
        return urlsafe_b64encode(body + self._tag(b"token", body)).decode()

    def origin(self, address: str, token: str | None, phone: str) -> Origin:
        """Return where a request for a phone comes from; a token that is not ours is ignored."""
        body = self._body(token)
        if body is None:
            return Origin(address)
        device, phone_tag = body[:_PART_BYTES], body[_PART_BYTES:]
        is_of_phone = hmac.compare_digest(phone_tag, self._tag(b"phone", phone.encode()))
        return Origin(address, device.hex(), is_of_phone)

    def _body(self, token: str | None) -> bytes | None:
        try:
            raw = urlsafe_b64decode((token or "").encode("ascii"))
        except ValueError:
            return None
        body, tag = raw[: 2 * _PART_BYTES], raw[2 * _PART_BYTES :]
        is_ours = len(raw) == _TOKEN_BYTES and hmac.compare_digest(tag, self._tag(b"token", body))
        return body if is_ours else None

    def _tag(self, purpose: bytes, value: bytes) -> bytes:
        return hmac.digest(self.key, purpose + b"\x00" + value, sha256)[:_PART_BYTES]
