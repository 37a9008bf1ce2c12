"""Key wrapping: private keys are stored encrypted under a key derived from IDENTITY_KEY_SECRET."""

import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey

from libs.web.callers.tokens import ALGORITHMS
from services.identity.signing_keys.rules import StoredKey

_NONCE_BYTES = 12


def derive_key(secret: str, purpose: str) -> bytes:
    """Return a 256-bit key for one purpose, so that one secret serves several."""
    return hmac.digest(secret.encode(), f"nagorik identity: {purpose}".encode(), sha256)


@dataclass(frozen=True, slots=True)
class KeyWrapping:
    """Encrypts private keys with AES-256-GCM; the kid is the associated data."""

    key: bytes = field(repr=False)

    @classmethod
    def of_secret(cls, secret: str) -> "KeyWrapping":
        """Return the wrapping under a key secret."""
        return cls(derive_key(secret, "wrapping"))

    def wrap(self, plain: bytes, kid: str) -> bytes:
        """Return the encrypted form."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, plain, kid.encode())

    def unwrap(self, wrapped: bytes, kid: str) -> bytes | None:
        """Return the plain form; None if it was changed or encrypted under another secret."""
        nonce, ciphertext = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            return AESGCM(self.key).decrypt(nonce, ciphertext, kid.encode())
        except InvalidTag:
            return None


def generate_key(wrapping: KeyWrapping, signs_from: datetime) -> StoredKey:
    """Generate a P-256 key pair, and encrypt its private key under the service's secret.

    Its id (RFC 7638) does not begin with a dash, since operators write it on a command line.
    """
    key = ECKey.generate_key("P-256", private=True)
    while (kid := key.thumbprint()).startswith("-"):
        key = ECKey.generate_key("P-256", private=True)
    parameters = {"kid": kid, "use": "sig", "alg": ALGORITHMS[0]}
    private_jwk = json.dumps(key.as_dict(private=True)).encode()
    return StoredKey(
        kid=kid,
        public_jwk=json.dumps({**key.as_dict(private=False), **parameters}),
        wrapped_private_key=wrapping.wrap(private_jwk, kid),
        signs_from=signs_from,
    )
