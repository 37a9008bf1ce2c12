"""Uploads by the tus protocol 1.0: its headers, and how far an upload is."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.papers import LARGEST_BYTES
from libs.errors import Refused, Unreadable

TUS_VERSION: Final = "1.0.0"
TUS_EXTENSIONS: Final = "creation,expiration,termination"
PIECE_BYTES: Final = 1024 * 1024
"""Bytes of an upload that are held in memory, and lost when the process is killed."""

LONGEST_METADATA: Final = 4096
_BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
METADATA: Final = rf"^[A-Za-z_-]+ {_BASE64}(?:,[A-Za-z_-]+ {_BASE64})*$"
"""Pairs of a name and a value of UTF-8 in Base64, as a client sends them."""

_LONGEST_NAME = 120
_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# Folders before a file's name, and marks in it that turn the direction of the text.
_FOLDERS = re.compile(r"^.*[/\\]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is arriving.

    Args:
        name: of the file as its citizen sees it, cleaned.
        size_bytes: the size it will have.
        received_bytes: how much is stored.
        content_key: encrypts its pieces.
        document_id: the paper that was made of it.
        used_with: all uploads of which that paper was made, in the order of its pages.
    """

    upload_id: UUID
    citizen_id: UUID
    name: str | None = field(repr=False)
    size_bytes: int
    received_bytes: int
    content_key: bytes = field(repr=False)
    expires_at: datetime
    document_id: UUID | None = None
    used_with: Sequence[UUID] | None = None

    def headers(self) -> dict[str, str]:
        """Return how far it is, as tus says it."""
        return {
            "upload-offset": str(self.received_bytes),
            "upload-expires": format_datetime(self.expires_at, usegmt=True),
        }


@dataclass(frozen=True, slots=True)
class Piece:
    """A stored piece of an upload: where it begins, and its object."""

    offset_bytes: int
    object_id: UUID

    def object_name(self, upload_id: UUID) -> str:
        """Return the name of its object."""
        return f"uploads/{upload_id}/{self.object_id}"

    def context(self, upload_id: UUID) -> str:
        """The context of the object's encryption."""
        return f"upload {upload_id} at {self.offset_bytes}"


def paper_of(uploads: Sequence[Upload]) -> UUID | None:
    """Return the id of the paper that was made of these uploads; None if none of them is used.

    Raises:
        Refused: one is used, but not for a paper of all of these and no other, in this order.
    """
    if all(upload.document_id is None for upload in uploads):
        return None
    named = [upload.upload_id for upload in uploads]
    if any(upload.used_with != named for upload in uploads):
        raise Refused("upload_used", pointer="/upload_ids")
    return uploads[0].document_id


def check_version(headers: Mapping[str, str]) -> None:
    """Check that the client speaks our version of tus.

    Raises:
        Refused: it does not say so.
    """
    if headers.get("tus-resumable") != TUS_VERSION:
        raise Refused("upload_version")


def length_of(headers: Mapping[str, str]) -> int:
    """Return the size of a new upload.

    Raises:
        Refused: it is over the limit of a file.
        Unreadable: it is missing, or no number.
    """
    size_bytes = _number(headers, "upload-length")
    if size_bytes > LARGEST_BYTES:
        raise Refused("document_too_large")
    return size_bytes


def offset_of(headers: Mapping[str, str]) -> int:
    """Return where a piece begins.

    Raises:
        Refused: the body is not declared as a piece of an upload.
        Unreadable: the offset is missing, or no number.
    """
    if headers.get("content-type") != "application/offset+octet-stream":
        raise Refused("upload_media_type")
    return _number(headers, "upload-offset")


def name_in(headers: Mapping[str, str]) -> str | None:
    """Return the name of the file in `Upload-Metadata`, cleaned; None if there is none.

    Raises:
        Unreadable: the header is not as tus says.
    """
    text = headers.get("upload-metadata", "")
    if len(text) > LONGEST_METADATA:
        raise Unreadable("upload_header_wrong", "upload-metadata")
    for pair in filter(None, text.split(",")):
        key, _, value = pair.strip().partition(" ")
        try:
            plain = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Unreadable("upload_header_wrong", "upload-metadata") from None
        if key in {"filename", "name"}:
            return clean_name(plain)
    return None


def clean_name(name: str | None) -> str | None:
    """Return the name of a file as it is shown: no folders, control or direction marks.

    The marks would let `…fdp.exe` be read as `…exe.pdf`. None if nothing is left.
    """
    text = _FOLDERS.sub("", unicodedata.normalize("NFC", name or ""))
    text = _DIRECTION.sub("", text)
    shown = "".join(
        character for character in text if unicodedata.category(character) not in _UNSEEN
    )
    return shown.strip(" .")[:_LONGEST_NAME] or None


def _number(headers: Mapping[str, str], name: str) -> int:
    """Return a header's number.

    Raises:
        Unreadable: it is missing, or no number.
    """
    try:
        return parse_int(headers.get(name, ""))
    except Malformed:
        raise Unreadable("upload_header_wrong", name) from None
