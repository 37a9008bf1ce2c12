"""Signs receipts of papers, which applications checks without asking."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from libs.clock import Clock
from libs.contracts.documents import DocumentReference
from libs.web.signed.receipts import ALGORITHMS, AUDIENCE, ISSUER, RECEIPT_TYPE

_CURVE = ec.SECP256R1()


def signing_key(secret: str) -> ECKey:
    """Return the P-256 key pair that belongs to a secret, the same in every replica."""
    digest = hmac.digest(secret.encode(), b"nagorik documents: receipts", sha256)
    number = int.from_bytes(digest) % (_CURVE.group_order - 1) + 1
    private = ec.derive_private_key(number, _CURVE)
    key = ECKey.import_key(private)
    return ECKey.import_key(private, {"kid": key.thumbprint()})


@dataclass(frozen=True, slots=True)
class ReceiptSigner:
    """Signs receipts.

    Args:
        keys: the first signs, all are published.
        valid_h: hours for which a receipt is valid.
        clock: the current time.
    """

    keys: Sequence[ECKey] = field(repr=False)
    valid_h: float
    clock: Clock

    def sign(
        self, owner_id: UUID, document: DocumentReference, mandate_id: UUID | None = None
    ) -> tuple[str, datetime]:
        """Return a receipt (JWS, RFC 7515) for a citizen's paper, and when it expires.

        One for an uddokta names the mandate, and is of use only with it.
        """
        at = self.clock.now()
        expires_at = (at + timedelta(hours=self.valid_h)).replace(microsecond=0)
        key = self.keys[0]
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(owner_id),
            "iat": int(at.timestamp()),
            "exp": int(expires_at.timestamp()),
            **document.model_dump(mode="json"),
            **({} if mandate_id is None else {"mandate_id": str(mandate_id)}),
        }
        header = {"alg": ALGORITHMS[0], "typ": RECEIPT_TYPE, "kid": key.kid}
        return jwt.encode(header, claims, key, algorithms=ALGORITHMS), expires_at

    def key_set(self) -> dict[str, Any]:
        """Return the public keys (RFC 7517)."""
        use = {"use": "sig", "alg": ALGORITHMS[0]}
        return {
            "keys": [{**key.as_dict(private=False), "kid": key.kid, **use} for key in self.keys]
        }
