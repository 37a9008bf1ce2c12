"""A small photo to upload, and the form in which a browser sends it."""

import secrets
import struct
import zlib
from collections.abc import Mapping

_EDGE = 600
_CRLF = b"\r\n"


def photo() -> bytes:
    """Return a PNG of some kilobytes, as light as a paper; no two are the same."""
    rows = b"".join(
        b"\0" + b"\xe6" * (3 * _EDGE - 32) + secrets.token_bytes(32) for _ in range(_EDGE)
    )
    header = struct.pack(">IIBBBBB", _EDGE, _EDGE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def as_form(kind: str, file: bytes, fields: Mapping[str, str] | None = None) -> tuple[str, bytes]:
    """Return media type and body of a form with a paper (multipart/form-data, RFC 7578).

    Other fields go before it.
    """
    boundary = secrets.token_hex(16)
    texts = {**(fields or {}), "kind": kind}
    parts = (
        *((f'name="{name}"'.encode(), text.encode()) for name, text in texts.items()),
        (b'name="file"; filename="photo.png"' + _CRLF + b"content-type: image/png", file),
    )
    body = b"".join(
        b"--%s\r\ncontent-disposition: form-data; %s\r\n\r\n%s\r\n"
        % (boundary.encode(), head, content)
        for head, content in parts
    )
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
