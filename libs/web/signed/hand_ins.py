"""The right of an officer to hand in one paper of a case, and the receipt of its file.

Cases gives the right, documents takes the file, and cases reads the receipt. Both are of one secret
that the two services share; neither calls the other.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey

from libs.contracts.papers import MediaType
from libs.errors import Refused

RIGHT_VALID: Final = timedelta(minutes=15)
RECEIPT_VALID: Final = timedelta(minutes=30)
_ENCRYPTED: Final = {"alg": "dir", "enc": "A256GCM"}
_SIGNED: Final = {"alg": "HS256"}
_RIGHT: Final = "right to hand in a paper of a case"
_RECEIPT: Final = "receipt of a paper of a case"


@dataclass(frozen=True, slots=True)
class HandInRight:
    """One officer may send the file of one paper of a case.

    Args:
        case_id: of the case.
        visit: of the step at which it is; a paper of an earlier one is not taken into the case.
        citizen_id: whose case it is, so that nothing of it outlives an erasure.
        officer_id: who may send it.
        office_id: where the officer works.
        paper: its name in the workflow.
        ministry: whose case it is; only for the PDF with which the office decides.
        application_id: which application it decides; only for the same.
    """

    case_id: UUID
    visit: int
    citizen_id: UUID
    officer_id: UUID
    office_id: str
    paper: str
    ministry: str = ""
    application_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class HandInReceipt:
    """A file that was taken with a right.

    Args:
        document_id: under which it is stored.
        is_scanned: whether a scanner has seen it.
        sha256: of the PDF with which the office decides, which is kept as it came; else empty.
    """

    case_id: UUID
    visit: int
    officer_id: UUID
    paper: str
    document_id: UUID
    media_type: MediaType
    size_bytes: int
    pages: int
    is_scanned: bool
    sha256: str = ""


def right_key(papers_secret: str) -> OctKey:
    """Return the key with which rights are encrypted: a citizen's id is in them."""
    return _key(papers_secret, b"rights to hand in papers of cases")


def receipt_key(papers_secret: str) -> OctKey:
    """Return the key that signs receipts."""
    return _key(papers_secret, b"receipts of papers of cases")


def make_right(right: HandInRight, key: OctKey, at: datetime) -> str:
    """Return a right that is valid for 15 minutes; whoever has it reads nothing of it."""
    claims = {
        "aud": _RIGHT,
        "exp": int((at + RIGHT_VALID).timestamp()),
        "case": str(right.case_id),
        "visit": right.visit,
        "citizen": str(right.citizen_id),
        "officer": str(right.officer_id),
        "office": right.office_id,
        "paper": right.paper,
        **(
            {"ministry": right.ministry, "application": str(right.application_id)}
            if right.application_id
            else {}
        ),
    }
    return jwt.encode(_ENCRYPTED, claims, key, registry=_registry())


def read_right(token: str, key: OctKey, at: datetime) -> HandInRight:
    """Return what a right allows.

    Raises:
        Refused: it is not ours, or has ended (`document_link_ended`).
    """
    try:
        claims = _current(jwt.decode(token, key, registry=_registry()).claims, _RIGHT, at)
        return HandInRight(
            case_id=UUID(claims["case"]),
            visit=_number(claims["visit"]),
            citizen_id=UUID(claims["citizen"]),
            officer_id=UUID(claims["officer"]),
            office_id=str(claims["office"]),
            paper=str(claims["paper"]),
            ministry=str(claims.get("ministry", "")),
            application_id=UUID(claims["application"]) if "application" in claims else None,
        )
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise Refused("document_link_ended") from None


def make_receipt(receipt: HandInReceipt, key: OctKey, at: datetime) -> str:
    """Return a receipt that is valid for 30 minutes."""
    claims = {
        "aud": _RECEIPT,
        "exp": int((at + RECEIPT_VALID).timestamp()),
        "case": str(receipt.case_id),
        "visit": receipt.visit,
        "officer": str(receipt.officer_id),
        "paper": receipt.paper,
        "sub": str(receipt.document_id),
        "type": receipt.media_type,
        "size": receipt.size_bytes,
        "pages": receipt.pages,
        "scanned": receipt.is_scanned,
        "sha256": receipt.sha256,
    }
    return jwt.encode(_SIGNED, claims, key)


def read_receipt(token: str, key: OctKey, at: datetime) -> HandInReceipt:
    """Return the paper of a receipt.

    Raises:
        Refused: it is not ours, or has ended (`hand_in_receipt_ended`).
    """
    try:
        found = jwt.decode(token, key, algorithms=[_SIGNED["alg"]]).claims
        claims = _current(found, _RECEIPT, at)
        return HandInReceipt(
            case_id=UUID(claims["case"]),
            visit=_number(claims["visit"]),
            officer_id=UUID(claims["officer"]),
            paper=str(claims["paper"]),
            document_id=UUID(claims["sub"]),
            media_type=claims["type"],
            size_bytes=_number(claims["size"]),
            pages=_number(claims["pages"]),
            is_scanned=bool(claims["scanned"]),
            sha256=str(claims.get("sha256", "")),
        )
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise Refused("hand_in_receipt_ended") from None


def _number(claim: Any) -> int:
    """Return a number of a claim.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(claim, int):
        raise TypeError("no number")
    return claim


def _key(papers_secret: str, use: bytes) -> OctKey:
    return OctKey.import_key(hmac.digest(papers_secret.encode(), use, "sha256"))


def _registry() -> JWERegistry:
    return JWERegistry(algorithms=list(_ENCRYPTED.values()))


def _current(claims: Mapping[str, Any], use: str, at: datetime) -> Mapping[str, Any]:
    """Return claims that are for a use, and valid.

    Raises:
        ValueError: they are not.
    """
    if claims["aud"] != use or at.timestamp() >= float(claims["exp"]):
        raise ValueError("not valid for this")
    return claims
