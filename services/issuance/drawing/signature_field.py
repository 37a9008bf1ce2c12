"""Adds an empty signature to a drawn paper, for whoever has the key to fill in (PAdES).

The process that draws does it, which has no key. The field is appended as an update of the file
(ISO 32000-1, 7.5.6); of the file it reads only what typst writes.
"""

import re
from collections.abc import Mapping
from typing import Final

HEX_BYTES: Final = 16_384
"""Room for a signature with the certificates above its own, in hexadecimal digits."""

_CATALOG: Final = re.compile(rb"\n(\d+) 0 obj\n<<(/Type/Catalog\b.*?)>>\nendobj\n", re.DOTALL)
_PAGE: Final = re.compile(rb"\n(\d+) 0 obj\n<<(/Type/Page/.*?)>>\nendobj\n", re.DOTALL)
_END: Final = re.compile(
    rb"trailer\n<</Size (\d+)/Root (\d+) 0 R(.*?)>>\nstartxref\n(\d+)\n%%EOF\s*\Z", re.DOTALL
)
_RANGE_BYTES: Final = 44


def with_empty_signature(pdf: bytes, signature: Mapping[str, str]) -> bytes:
    """Return a paper with an invisible signature field, whose signature is still zeros.

    Args:
        pdf: as typst made it.
        signature: `by`, the name of who signs; `at`, the time in UTC, as `20260301050000`.

    Raises:
        ValueError: the file is not as typst writes one.
    """
    catalog, page, end = _CATALOG.search(pdf), _PAGE.search(pdf), _END.search(pdf)
    if not (catalog and page and end):
        raise ValueError("no file as typst writes one")
    size = int(end[1])  # house: ascii-digits (of bytes)
    field, value = b"%d" % size, b"%d" % (size + 1)
    page_number = page[1]
    objects = {
        catalog[1]: catalog[2] + b"/AcroForm<</Fields[" + field + b" 0 R]/SigFlags 3>>",
        page_number: page[2] + b"/Annots[" + field + b" 0 R]",
        field: b"/Type/Annot/Subtype/Widget/FT/Sig/T(Body)/Rect[0 0 0 0]/F 132"
        b"/P " + page_number + b" 0 R/V " + value + b" 0 R",
        value: b"/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
        b"/Name" + _text(signature["by"]) + b"/M(D:" + signature["at"].encode("ascii") + b"Z)"
        b"/ByteRange" + bytes(_RANGE_BYTES).replace(b"\0", b" ")
        + b"/Contents<" + b"0" * HEX_BYTES + b">",
    }  # fmt: skip
    made = bytearray(pdf if pdf.endswith(b"\n") else pdf + b"\n")
    offsets = {}
    for number, content in objects.items():
        offsets[number] = len(made)
        made += number + b" 0 obj\n<<" + content + b">>\nendobj\n"
    start = len(made)
    made += b"xref\n"
    for number, offset in offsets.items():
        made += number + b" 1\n%010d 00000 n \n" % offset
    made += b"trailer\n<</Size %d/Root %s 0 R%s/Prev %s>>\n" % (size + 2, end[2], end[3], end[4])
    made += b"startxref\n%d\n%%%%EOF\n" % start
    first = made.index(b"/Contents<", offsets[value]) + len(b"/Contents")
    last = first + HEX_BYTES + 2
    at = made.index(b"/ByteRange", offsets[value]) + len(b"/ByteRange")
    covered = b"[0 %d %d %d]" % (first, last, len(made) - last)
    made[at : at + _RANGE_BYTES] = covered.ljust(_RANGE_BYTES)
    return bytes(made)


def _text(text: str) -> bytes:
    """Return a text as a string of PDF, in UTF-16 as hexadecimal digits."""
    return b"<" + text.encode("utf-16").hex().encode() + b">"
