"""Receipts of papers: what is signed when one is uploaded, and how it is checked."""

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
        return Receipt(UUID(claims["sub"]), reference, float(claims["exp"]))
    except (JoseError, ValidationError, ValueError, TypeError, KeyError):
        return None
