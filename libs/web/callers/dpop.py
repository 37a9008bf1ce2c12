"""Proofs of possession (DPoP, RFC 9449): a request shows that its sender has a device's key.

A proof is a JWT that the device signs for one request. A token that is bound to the key is useless
without it: a thief of the token cannot use it.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from starlette.requests import Request

from libs.bangladesh.text import Malformed
from libs.contracts.mandates import MandateEvidence
from libs.errors import Refused
from libs.ids import parse_tracking_number
from libs.web.callers.tokens import Mandated, Printing
from libs.web.header import Header

TYPE: Final = "dpop+jwt"
PROOF_LIFE_S: Final = 60.0
"""Largest difference between the time of a proof and ours, either way."""

_LIMIT_CHARS: Final = 2048
PROOF_HEADER: Final = Header(
    "DPoP",
    "Proof of the device's key for this one request (RFC 9449)",
    {"type": "string", "maxLength": _LIMIT_CHARS, "pattern": r"^[!-~]+$"},
    required=True,
)
"""The header of a proof, for the routes that read one."""

_ALGORITHM: Final = "ES256"
_LONGEST_ID: Final = 100
_NO_TIME_S: Final = 1e12  # the year 33,658
_PUBLIC = frozenset({"kty", "crv", "x", "y"})


@dataclass(frozen=True, slots=True)
class Proof:
    """A checked proof.

    Args:
        thumbprint: of the device's public key (RFC 7638).
        proof_id: unique for the key; store it, so that nobody can show the proof again.
    """

    thumbprint: str
    proof_id: str


def read_proof(
    request: Request, origins: Collection[str], now_s: float, *, token: str | None = None
) -> Proof:
    """Check the proof of a request; whether it was shown before is for the caller to check.

    Args:
        request: the request.
        origins: the addresses by which clients know this API, without a path.
        now_s: the current time, in seconds since 1970.
        token: the access token that the proof belongs to, if there is one.

    Raises:
        Refused: there is no proof, or it is not for this request (`proof_invalid`); or the
            device's clock is wrong (`device_clock_wrong`).
    """
    shown = request.headers.getlist(PROOF_HEADER.name)
    if len(shown) != 1 or len(shown[0]) > _LIMIT_CHARS or not shown[0].isascii():
        raise Refused("proof_invalid")
    claims, key = _verified(shown[0])
    _check_request(claims, request, origins)
    if token is not None and not _is_equal(claims.get("ath"), hash_of(token)):
        raise Refused("proof_invalid")
    if abs(_issued_at_s(claims) - now_s) > PROOF_LIFE_S:
        raise Refused("device_clock_wrong")
    return Proof(key.thumbprint(), _id_in(claims))


def read_mandate_proof(
    request: Request,
    mandated: Mandated,
    mandate_id: UUID,
    origins: Collection[str],
    now_s: float,
) -> tuple[MandateEvidence, Proof]:
    """Check that the device to which a mandate's token is bound sends it, for this mandate.

    Returns what the citizen agreed to, and the proof, which the caller lets pass once.

    Args:
        request: the request.
        mandated: its caller.
        mandate_id: in its path.
        origins: the addresses by which clients know this API, without a path.
        now_s: the current time, in seconds since 1970.

    Raises:
        Refused: as `read_proof`; or the token is another device's, or for another mandate
            (`mandate_for_another`).
    """
    evidence, proof = _bound_proof(request, mandated, origins, now_s)
    if mandated.printing is not None or evidence.mandate_id != mandate_id:
        raise Refused("mandate_for_another")
    return evidence, proof


def read_printing_proof(
    request: Request,
    mandated: Mandated,
    tracking_number: str,
    origins: Collection[str],
    now_s: float,
) -> tuple[MandateEvidence, Printing, Proof]:
    """Check that the device to which a token is bound sends it, to print for this application.

    Returns how the citizen agreed, what may be printed, and the proof, which the caller lets pass
    once.

    Args:
        request: the request.
        mandated: its caller.
        tracking_number: in its path, in any spelling.
        origins: the addresses by which clients know this API, without a path.
        now_s: the current time, in seconds since 1970.

    Raises:
        Refused: as `read_proof`; or the token is another device's, or for something else
            (`mandate_for_another`).
    """
    evidence, proof = _bound_proof(request, mandated, origins, now_s)
    printing = mandated.printing
    if printing is None or printing.tracking_number != _written(tracking_number):
        raise Refused("mandate_for_another")
    return evidence, printing, proof


def _written(tracking_number: str) -> str:
    try:
        return parse_tracking_number(tracking_number)
    except Malformed:
        return ""


def _bound_proof(
    request: Request, mandated: Mandated, origins: Collection[str], now_s: float
) -> tuple[MandateEvidence, Proof]:
    proof = read_proof(request, origins, now_s, token=mandated.token)
    if mandated.evidence is None or proof.thumbprint != mandated.thumbprint:
        raise Refused("mandate_for_another")
    return mandated.evidence, proof


def make_proof(
    key: ECKey, method: str, url: str, *, proof_id: str, now_s: float, token: str | None = None
) -> str:
    """Return a proof for one request, as a client makes it.

    Args:
        key: the device's private key.
        method: of the request.
        url: of the request, without query and fragment.
        proof_id: random.
        now_s: the current time, in seconds since 1970.
        token: the access token that goes with the request.
    """
    claims = {"htm": method, "htu": url, "iat": int(now_s), "jti": proof_id}
    if token is not None:
        claims["ath"] = hash_of(token)
    header = {"typ": TYPE, "alg": _ALGORITHM, "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key, algorithms=[_ALGORITHM])


def hash_of(token: str) -> str:
    """Return the hash of an access token that its proof names (`ath`)."""
    return urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")


def _verified(text: str) -> tuple[dict[str, Any], ECKey]:
    """Return the claims of a proof and the public key in it, which signed it.

    Raises:
        Refused: it is no proof (`proof_invalid`).
    """
    try:
        header = jws.extract_compact(text.encode()).headers()
        shown = header.get("jwk")
        # A private key would be its owner's secret; other members are for other kinds of keys.
        if header.get("typ") != TYPE or not isinstance(shown, dict) or "d" in shown:
            raise Refused("proof_invalid")
        key = ECKey.import_key({name: shown[name] for name in _PUBLIC})
        return jwt.decode(text, key, algorithms=[_ALGORITHM]).claims, key
    except (JoseError, ValueError, TypeError, KeyError, json.JSONDecodeError):
        raise Refused("proof_invalid") from None


def _check_request(claims: dict[str, Any], request: Request, origins: Collection[str]) -> None:
    url = claims.get("htu")
    if claims.get("htm") != request.method or not isinstance(url, str):
        raise Refused("proof_invalid")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Refused("proof_invalid") from None
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin not in origins or parts.path != request.scope["path"]:
        raise Refused("proof_invalid")


def _issued_at_s(claims: dict[str, Any]) -> float:
    issued_at_s = claims.get("iat")
    if isinstance(issued_at_s, bool) or not isinstance(issued_at_s, int | float):
        raise Refused("proof_invalid")
    if not abs(issued_at_s) < _NO_TIME_S:  # so that NaN, which is JSON for Python, is none either
        raise Refused("proof_invalid")
    return float(issued_at_s)


def _id_in(claims: dict[str, Any]) -> str:
    proof_id = claims.get("jti")
    if not isinstance(proof_id, str) or not proof_id.isascii():
        raise Refused("proof_invalid")
    if not 0 < len(proof_id) <= _LONGEST_ID:
        raise Refused("proof_invalid")
    return proof_id


def _is_equal(claim: object, other: str) -> bool:
    return isinstance(claim, str) and claim.isascii() and hmac.compare_digest(claim, other)
