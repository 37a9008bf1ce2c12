"""Values that only the portal can read: cookies, answers that wait for a login, form tokens."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_ALGORITHMS: Final = ["dir", "A256GCM"]
_NONCE_CHARS: Final = 16


class Seals:
    """Encrypts and authenticates values with one key (JWE, RFC 7516).

    Args:
        secret: the setting from which the keys are derived; the same in all replicas.
    """

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(_derived(secret, "cookies"))
        self._token_key = _derived(secret, "form tokens")

    def seal(self, content: Mapping[str, Any], purpose: str) -> str:
        """Encrypt a value; it opens for the same purpose only."""
        header = {"alg": "dir", "enc": "A256GCM", "typ": purpose}
        return jwe.encrypt_compact(header, orjson.dumps(content), self._key, _ALGORITHMS)

    def open(self, sealed: str, purpose: str) -> dict[str, Any] | None:
        """Decrypt a value; None if it is not one of ours, or has another purpose."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, _ALGORITHMS)
            if opened.headers().get("typ") != purpose or opened.plaintext is None:
                return None
            return dict(orjson.loads(opened.plaintext))
        except (JoseError, ValueError, TypeError, KeyError):
            return None

    def form_token(self, seed: str) -> str:
        """Return a token for the forms of a browser, a new one each time (against BREACH).

        Args:
            seed: of the browser, in its encrypted cookie.
        """
        nonce = secrets.token_urlsafe(12)
        return nonce + self._mac(nonce, seed)

    def is_form_token(self, token: str, seed: str) -> bool:
        """Whether a token was made for the forms of this browser."""
        nonce, mac = token[:_NONCE_CHARS], token[_NONCE_CHARS:]
        return hmac.compare_digest(mac.encode(), self._mac(nonce, seed).encode())

    def _mac(self, nonce: str, seed: str) -> str:
        digest = hmac.digest(self._token_key, f"{nonce}.{seed}".encode(), "sha256")
        return urlsafe_b64encode(digest).decode().rstrip("=")


def _derived(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"portal {purpose}".encode(), hashlib.sha256)
