"""Links to a paper of a submission, for 15 minutes: of a ministry's system, or of one officer."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from libs.errors import Refused

LINK_VALID: Final = timedelta(minutes=15)
LINKS_PATH: Final = "/v1/document-links"
CASE_PAPERS_PATH: Final = "/v1/case-papers"
_ALGORITHMS: Final = ["HS256"]
Link = TypeVar("Link", bound="DocumentLink")


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """The right of a link: one ministry may fetch one paper.

    Args:
        document_id: the paper.
        ministry: whose system may fetch it.
        application_id: about which application it has to be; None for any of the ministry's.
    """

    document_id: UUID
    ministry: str
    application_id: UUID | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class OfficerLink(DocumentLink):
    """The right of a link: one officer of a ministry, who has logged in, may fetch one paper.

    Args:
        officer_id: the officer; the link opens nothing for anybody else.
    """

    officer_id: UUID


def link_key(papers_secret: str) -> OctKey:
    """Return the key of links, derived from the secret that ministries and documents share."""
    key = hmac.digest(papers_secret.encode(), b"links to papers", "sha256")
    return OctKey.import_key(key)


def officer_link_key(papers_secret: str) -> OctKey:
    """Return the key of officers' links, which the links of ministries' systems do not have."""
    key = hmac.digest(papers_secret.encode(), b"links to papers of cases", "sha256")
    return OctKey.import_key(key)


def make_link(link: DocumentLink, key: OctKey, at: datetime) -> str:
    """Return the path of a link that is valid for 15 minutes; only its last part is secret."""
    return f"{LINKS_PATH}/{_signed(link, {}, key, at)}"


def make_officer_link(link: OfficerLink, key: OctKey, at: datetime) -> str:
    """Return the last part of an officer's link, which is valid for 15 minutes."""
    return _signed(link, {"officer": str(link.officer_id)}, key, at)


def read_link(token: str, key: OctKey, at: datetime) -> DocumentLink:
    """Return the paper and the reader that a link allows.

    Raises:
        Refused: it is not ours, or has ended (`document_link_ended`).
    """
    return _read(token, key, at, lambda link, _: link)


def read_officer_link(token: str, key: OctKey, at: datetime) -> OfficerLink:
    """Return the paper and the officer that a link allows.

    Raises:
        Refused: it is not ours, or has ended (`document_link_ended`).
    """
    return _read(
        token,
        key,
        at,
        lambda link, claims: OfficerLink(link.document_id, link.ministry, UUID(claims["officer"])),
    )


def _signed(link: DocumentLink, more: Mapping[str, str], key: OctKey, at: datetime) -> str:
    claims = {
        "sub": str(link.document_id),
        "aud": link.ministry,
        "exp": int((at + LINK_VALID).timestamp()),
        **({"application": str(link.application_id)} if link.application_id else {}),
        **more,
    }
    return jwt.encode({"alg": _ALGORITHMS[0]}, claims, key)


def _read(
    token: str,
    key: OctKey,
    at: datetime,
    link_of: Callable[[DocumentLink, Mapping[str, Any]], Link],
) -> Link:
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=_ALGORITHMS).claims
        if at.timestamp() < float(claims["exp"]):
            about = UUID(claims["application"]) if "application" in claims else None
            link = DocumentLink(UUID(claims["sub"]), str(claims["aud"]), application_id=about)
            return link_of(link, claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        pass  # refused as one that has ended: below
    raise Refused("document_link_ended")
