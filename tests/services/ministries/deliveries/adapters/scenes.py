"""Workbooks of ministries, right ones and hostile ones."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any, Final

from openpyxl import Workbook

SHEET: Final = "xl/worksheets/sheet1.xml"


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook of which one part is another."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for each in before.namelist():
            part = before.read(each)
            after.writestr(each, change(part) if each == name else part)
    return made.getvalue()


def stretched(content: bytes, dimension: str, last: int) -> bytes:
    """Return a workbook that says a size, with its last line in the last row."""

    def stretch(sheet: bytes) -> bytes:
        sheet = re.sub(rb'ref="[^"]*"', f'ref="{dimension}"'.encode(), sheet, count=1)
        before, row, line = sheet.rpartition(b"<row ")
        line = re.sub(rb'r="\d+"', f'r="{last}"'.encode(), line, count=1)
        return before + row + re.sub(rb'r="([A-Z]+)\d+"', rb'r="\g<1>%d"' % last, line)

    return with_part(content, SHEET, stretch)


def protected(content: bytes) -> bytes:
    """Return a workbook whose parts say that they have a password."""
    changed = bytearray(content)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(signature), content):
            changed[found.start() + flags] |= 1
    return bytes(changed)


def workbook(*lines: Sequence[Any]) -> bytes:
    made = io.BytesIO()
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in lines:
        sheet.append(list(line))
    book.save(made)
    return made.getvalue()
