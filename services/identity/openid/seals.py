"""Values that pass through a browser, which it can neither read nor change: cookies, requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_ALGORITHMS: Final = ["dir", "A256GCM"]


@dataclass(frozen=True, slots=True)
class Seals:
    """Encrypts and authenticates values (JWE, RFC 7516).

    Args:
        key: 256 bits, the same in all replicas.
    """

    key: bytes = field(repr=False)

    def seal(self, content: Mapping[str, Any], purpose: str) -> str:
        """Encrypt a value; it opens for the same purpose only."""
        header = {"alg": "dir", "enc": "A256GCM", "typ": purpose}
        key = OctKey.import_key(self.key)
        return jwe.encrypt_compact(header, orjson.dumps(content), key, _ALGORITHMS)

    def open(self, sealed: str, purpose: str) -> dict[str, Any] | None:
        """Decrypt a value; None if it is not one of ours, or has another purpose."""
        try:
            opened = jwe.decrypt_compact(sealed, OctKey.import_key(self.key), _ALGORITHMS)
            if opened.headers().get("typ") != purpose:
                return None
            return dict(orjson.loads(opened.plaintext or b""))
        except (JoseError, ValueError, TypeError, KeyError):
            return None
