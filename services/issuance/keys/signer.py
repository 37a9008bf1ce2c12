"""The keys of bodies: P-256, which every browser verifies; one of each body and year."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64encode
from pydantic_core import to_json

from libs.contracts.issuance import PaperKey, PaperKeys
from services.issuance.keys.file_signatures import request_for, self_issued, signed_file

_ALGORITHM: Final = "ES256"
_CURVE: Final = ec.SECP256R1()
_NUMBER_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class PaperSigner:
    """Signs what papers say. The keys are derived and never stored, and never leave this process.

    Args:
        secrets: the first signs, the public keys of all are shown.
        certificates: of the keys with which files are signed, by body and year: its own first, then
            those above it; where there are none the body gives itself one.

    Raises:
        ValueError: a certificate is none of the first secret's key.
    """

    secrets: Sequence[str] = field(repr=False)
    certificates: Mapping[tuple[str, int], Sequence[x509.Certificate]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for (body, year), chain in self.certificates.items():
            if chain[0].public_key() != _private_of(self.secrets[0], body, year).public_key():
                raise ValueError(
                    f"ISSUANCE_CERTIFICATES: the certificate of {body} {year} is not of its key"
                )

    def sign_file(self, body: str, name: str, year: int, pdf: bytes) -> bytes:
        """Return a drawn paper with its empty signature filled in (PAdES).

        Args:
            body: whose key signs.
            name: of the body, in a certificate that it gives itself.
            year: of the key.
            pdf: the paper.

        Raises:
            Refused: its empty signature is not one of the whole file.
        """
        key = _private_of(self.secrets[0], body, year)
        chain = self.certificates.get((body, year)) or [self_issued(key, body, name, year)]
        return signed_file(pdf, key, chain)

    def certificate_request(self, body: str, name: str, year: int) -> bytes:
        """Return the request for a certificate of a body's key of a year (PKCS #10, PEM)."""
        return request_for(_private_of(self.secrets[0], body, year), body, name, year)

    def sign(self, body: str, year: int, claims: Mapping[str, Any]) -> str:
        """Return claims signed by a body's key of a year (JWS, RFC 7515), compact.

        The same claims have the same signature (RFC 6979): a paper is drawn alike each time, and a
        list that has not changed keeps its mark for caches.
        """
        key = _key_of(self.secrets[0], body, year)
        header = {"alg": _ALGORITHM, "kid": key.kid}
        signed = b".".join(urlsafe_b64encode(to_json(part)) for part in (header, claims))
        private = _private_of(self.secrets[0], body, year)
        made = private.sign(signed, ec.ECDSA(SHA256(), deterministic_signing=True))
        numbers = (number.to_bytes(_NUMBER_BYTES) for number in decode_dss_signature(made))
        return b".".join([signed, urlsafe_b64encode(b"".join(numbers))]).decode()

    def public_keys(self, body_years: Iterable[tuple[str, int]]) -> PaperKeys:
        """Return the public keys of bodies and years, also those of earlier secrets."""
        keys = [
            PaperKey.model_validate(
                {
                    **_key_of(secret, body, year).as_dict(private=False),
                    "alg": _ALGORITHM,
                    "use": "sig",
                    "body": body,
                    "year": year,
                }
            )
            for body, year in body_years
            for secret in self.secrets
        ]
        return PaperKeys(keys=keys)


def _key_of(secret: str, body: str, year: int) -> ECKey:
    """Return the key pair of a body and a year, the same in every replica; its id is short."""
    private = _private_of(secret, body, year)
    mark = ECKey.import_key(private).thumbprint()[:4]
    return ECKey.import_key(private, {"kid": f"{body}-{year}-{mark}"})


def _private_of(secret: str, body: str, year: int) -> ec.EllipticCurvePrivateKey:
    seed = hmac.digest(secret.encode(), f"decision papers of {body} in {year}".encode(), sha256)
    number = int.from_bytes(seed) % (_CURVE.group_order - 1) + 1
    return ec.derive_private_key(number, _CURVE)
