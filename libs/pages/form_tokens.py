"""Tokens that tie a form to the browser that it was shown to (OWASP: against CSRF)."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import Final

_NONCE_BYTES: Final = 12
_NONCE_CHARS: Final = 16


class FormTokens:
    """Makes and checks the tokens of forms.

    Args:
        key: 256 bits, the same in all replicas.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, seed: str) -> str:
        """Return a token for the forms of a browser, a new one each time (against BREACH).

        Args:
            seed: of the browser, in its encrypted cookie.
        """
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        return nonce + self._mac(nonce, seed)

    def is_valid(self, token: str, seed: str) -> bool:
        """Whether a token was made for the forms of this browser."""
        nonce, mac = token[:_NONCE_CHARS], token[_NONCE_CHARS:]
        return hmac.compare_digest(mac.encode(), self._mac(nonce, seed).encode())

    def _mac(self, nonce: str, seed: str) -> str:
        digest = hmac.digest(self._key, f"{nonce}.{seed}".encode(), hashlib.sha256)
        return urlsafe_b64encode(digest).decode().rstrip("=")
