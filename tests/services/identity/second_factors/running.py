"""An authenticator in software: ES256, no attestation (W3C Web Authentication Level 3)."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT: Final = 0x01
USER_VERIFIED: Final = 0x04
WITH_KEY: Final = 0x40


def text_of(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(slots=True)
class Authenticator:
    """A key in the hands of one person, and the browser it is plugged into."""

    origin: str = "http://localhost"
    domain: str = "localhost"
    flags: int = USER_PRESENT | USER_VERIFIED
    counts: bool = True
    count: int = 0
    passkey_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` answers, as JSON."""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        made = bytes(16) + len(self.passkey_id).to_bytes(2) + self.passkey_id + cbor2.dumps(cose)
        attestation = {
            "fmt": "none",
            "attStmt": {},
            "authData": self._data(self.flags | WITH_KEY) + made,
        }
        return self._answer(
            clientDataJSON=text_of(self._client_data("webauthn.create", options)),
            attestationObject=text_of(cbor2.dumps(attestation)),
        )

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get` answers, as JSON."""
        self.count += self.counts
        data = self._data(self.flags)
        client_data = self._client_data("webauthn.get", options)
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=text_of(client_data),
            authenticatorData=text_of(data),
            signature=text_of(signature),
        )

    def _data(self, flags: int) -> bytes:
        domain = sha256(self.domain.encode()).digest()
        return domain + bytes([flags]) + self.count.to_bytes(4)

    def _client_data(self, kind: str, options: Mapping[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told).encode()

    def _answer(self, **response: str) -> dict[str, Any]:
        name = text_of(self.passkey_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}
