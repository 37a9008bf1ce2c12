"""Receipts of papers: their signed content, and how it is checked."""

from typing import Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import ValidationError

from libs.contracts.documents import DocumentReference, Receipt

ALGORITHMS: Final = ["ES256"]
ISSUER: Final = "nagorik-documents"
AUDIENCE: Final = "nagorik-applications"
RECEIPT_TYPE: Final = "document-receipt+jwt"


def read_receipt(receipt: str, keys: KeySet) -> Receipt | None:
    """Read a receipt; None if documents has not signed it. Its time and owner are not checked.

    Args:
        receipt: as the citizen sent it.
        keys: public keys of documents.
    """
    try:
        token = jwt.decode(receipt, keys, algorithms=ALGORITHMS)
        claims = token.claims
        if (token.header["typ"], claims["iss"], claims["aud"]) != (RECEIPT_TYPE, ISSUER, AUDIENCE):
            return None
        reference = DocumentReference.model_validate(claims)
        mandate_id = UUID(claims["mandate_id"]) if "mandate_id" in claims else None
        return Receipt(UUID(claims["sub"]), reference, float(claims["exp"]), mandate_id)
    except (JoseError, ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None
