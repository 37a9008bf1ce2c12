"""Links with which a ministry's system fetches a paper of a submission for 15 minutes."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from libs.errors import Refused

LINK_VALID: Final = timedelta(minutes=15)
LINKS_PATH: Final = "/v1/document-links"
_ALGORITHMS: Final = ["HS256"]


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """The right of a link: one ministry may fetch one paper.

    Args:
        document_id: the paper.
        ministry: whose system may fetch it.
    """

    document_id: UUID
    ministry: str


def link_key(papers_secret: str) -> OctKey:
    """Return the key of links, derived from the secret that ministries and documents share."""
    key = hmac.digest(papers_secret.encode(), b"links to papers", "sha256")
    return OctKey.import_key(key)


def make_link(link: DocumentLink, key: OctKey, at: datetime) -> str:
    """Return the path of a link that is valid for 15 minutes; only its last part is secret."""
    claims = {
        "sub": str(link.document_id),
        "aud": link.ministry,
        "exp": int((at + LINK_VALID).timestamp()),
    }
    return f"{LINKS_PATH}/{jwt.encode({'alg': _ALGORITHMS[0]}, claims, key)}"


def read_link(token: str, key: OctKey, at: datetime) -> DocumentLink:
    """Return the paper and the reader that a link allows.

    Raises:
        Refused: it is not ours, or has ended (`document_link_ended`).
    """
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=_ALGORITHMS).claims
        if at.timestamp() < float(claims["exp"]):
            return DocumentLink(UUID(claims["sub"]), str(claims["aud"]))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        pass  # refused as one that has ended: below
    raise Refused("document_link_ended")
