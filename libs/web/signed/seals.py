"""Values that pass through a browser, which it can neither read nor change."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_ALGORITHMS: Final = ["dir", "A256GCM", "DEF"]


class Seals:
    """Encrypts and authenticates values: cookies, and hidden fields of forms (JWE, RFC 7516).

    Args:
        key: 256 bits, the same in all replicas.
    """

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)

    def seal(self, content: Mapping[str, Any], purpose: str, *, packed: bool = False) -> str:
        """Encrypt a value; it opens for the same purpose only.

        Args:
            content: the value.
            purpose: names its use.
            packed: compress it before; its length then says something of what it has.
        """
        header = {"alg": "dir", "enc": "A256GCM", "typ": purpose}
        if packed:
            header["zip"] = "DEF"
        return jwe.encrypt_compact(header, orjson.dumps(content), self._key, _ALGORITHMS)

    def open(self, sealed: str, purpose: str) -> dict[str, Any] | None:
        """Decrypt a value; None if it is not one of ours, or has another purpose."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, _ALGORITHMS)
            if opened.headers().get("typ") != purpose:
                return None
            return dict(orjson.loads(opened.plaintext or b""))
        except (JoseError, ValueError, TypeError, KeyError):
            return None
