"""The receipt of a PDF that a ministry brings as the paper about its decision.

Documents checks and stores the file, and the ministry's callback brings the receipt. Both are of
one secret that documents and ministries share; neither calls the other.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from libs.contracts.documents import OwnPaperReceipt
from libs.errors import Refused

RECEIPT_VALID: Final = timedelta(days=7)
"""Time from the upload of a PDF to the decision that issues it."""

_ALGORITHM: Final = "HS256"
_USE: Final = "receipt of a ministry's own paper"


def own_paper_key(papers_secret: str) -> OctKey:
    """Return the key that signs receipts."""
    return OctKey.import_key(hmac.digest(papers_secret.encode(), _USE.encode(), "sha256"))


def make_own_receipt(receipt: OwnPaperReceipt, key: OctKey, at: datetime) -> str:
    """Return a receipt that is valid for 7 days."""
    claims = {
        "use": _USE,
        "exp": int((at + RECEIPT_VALID).timestamp()),
        "sub": str(receipt.document_id),
        "aud": receipt.ministry,
        "application": str(receipt.application_id),
        "citizen": str(receipt.citizen_id),
        "sha256": receipt.sha256,
    }
    return jwt.encode({"alg": _ALGORITHM}, claims, key)


def read_own_receipt(token: str, key: OctKey, at: datetime) -> OwnPaperReceipt:
    """Return the PDF of a receipt.

    Raises:
        Refused: it is not ours, or has ended (`paper_receipt_ended`).
    """
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[_ALGORITHM]).claims
        if claims["use"] == _USE and at.timestamp() < float(claims["exp"]):
            return OwnPaperReceipt(
                document_id=UUID(claims["sub"]),
                ministry=str(claims["aud"]),
                application_id=UUID(claims["application"]),
                citizen_id=UUID(claims["citizen"]),
                sha256=str(claims["sha256"]),
            )
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        pass  # refused as one that has ended: below
    raise Refused("paper_receipt_ended", pointer="/paper/receipt")
