"""Tokens that tie a form to the browser that it was shown to (OWASP: against CSRF).

They also tell whom it was shown to, so that nobody sends what another person has typed.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import Final

_NONCE_BYTES: Final = 12
_NONCE_CHARS: Final = 16
_MAC_CHARS: Final = 43


class FormTokens:
    """Makes and checks the tokens of forms.

    Args:
        key: 256 bits, the same in all replicas.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, seed: str, person: str) -> str:
        """Return a token for a form, a new one each time (against BREACH).

        Args:
            seed: of the browser, in its encrypted cookie.
            person: who is logged in; empty for nobody.
        """
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        return nonce + self._mac(nonce, "seed", seed) + self._mac(nonce, "person", person)

    def is_valid(self, token: str, seed: str) -> bool:
        """Whether a token was made for the forms of this browser."""
        return self._has(token, 0, "seed", seed)

    def was_shown_to(self, token: str, person: str) -> bool:
        """Whether the form of a token was shown to this person, or before a login."""
        return any(self._has(token, 1, "person", shown_to) for shown_to in (person, ""))

    def _has(self, token: str, place: int, kind: str, value: str) -> bool:
        if len(token) != _NONCE_CHARS + 2 * _MAC_CHARS:
            return False
        nonce, start = token[:_NONCE_CHARS], _NONCE_CHARS + place * _MAC_CHARS
        mac = token[start : start + _MAC_CHARS]
        return hmac.compare_digest(mac.encode(), self._mac(nonce, kind, value).encode())

    def _mac(self, nonce: str, kind: str, value: str) -> str:
        digest = hmac.digest(self._key, f"{nonce}.{kind}.{value}".encode(), hashlib.sha256)
        return urlsafe_b64encode(digest).decode().rstrip("=")
