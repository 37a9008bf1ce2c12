"""Tables as files that people open in a spreadsheet: CSV and XLSX, written and read.

The last line of each file is `END`, the number of rows and their SHA-256, so that half a file is
never taken for a whole one.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

import xlsxwriter
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from libs.bangladesh.text import Malformed, parse_int
from libs.errors import Unreadable

End: TypeAlias = Callable[[bytes], Sequence[str]]

END: Final = "END"
LARGEST_BYTES: Final = 20_000_000
_LARGEST_UNPACKED_BYTES: Final = 200_000_000
# A spreadsheet takes text that begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class NotText:
    """A cell that a spreadsheet has made a number, a date or a truth value; zeros may be lost."""

    number: int | None = None


Cell: TypeAlias = str | NotText


class NotComplete(Exception):
    """A file has no last line yet: it is still being written."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file that was read: its cells by the names of the columns."""

    place: int
    cells: Mapping[str, Cell]

    def text(self, column: str) -> str:
        """Return a cell's text.

        Raises:
            Unreadable: a spreadsheet has made it a number or a date.
        """
        cell = self.cells.get(column, "")
        if isinstance(cell, NotText):
            raise Unreadable("not_text", column)
        return cell

    def number(self, column: str) -> int:
        """Return a cell's number, whether it is text or a number.

        Raises:
            Unreadable: it is neither.
        """
        number = _number(self.cells.get(column, ""))
        if number is None:
            raise Unreadable("not_a_number", column)
        return number


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], end: End) -> bytes:
    """Write a table with a byte order mark, without which Excel does not show Bangla.

    Text that a spreadsheet would run as a formula gets an apostrophe before it.

    Args:
        header: names of the columns.
        rows: the rows.
        end: makes what follows number and checksum in the last line, from all before it.
    """
    table = [[_neutral(cell) for cell in row] for row in rows]
    body = _lines([header, *table])
    return b"\xef\xbb\xbf" + body + _lines([_end(body, len(table), end)])


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[str]], end: End) -> bytes:
    """Write a table whose cells are all text; the checksum is that of the same rows in CSV."""
    table = [list(row) for row in rows]
    lines = [header, *table, _end(_lines([header, *table]), len(table), end)]
    made = io.BytesIO()
    # The time of making is fixed, so that a repeat is the same file.
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001
        sheet = workbook.add_worksheet()
        for place, line in enumerate(lines):
            for column, cell in enumerate(line):
                sheet.write_string(place, column, cell)
    return made.getvalue()


def read_csv(content: bytes, columns: Sequence[str]) -> list[Row]:
    """Read a table in UTF-8, with or without a byte order mark, from any program.

    Raises:
        NotComplete: it has no last line yet.
        Unreadable: it is not UTF-8, a column is missing, or count or checksum are wrong.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        lines = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    except UnicodeDecodeError:
        raise Unreadable("not_utf8", "save it as CSV UTF-8") from None
    except csv.Error:
        raise NotComplete from None
    body = content[: content.rfind(b"\n" + END.encode()) + 1]
    return _rows(lines, columns, hashlib.sha256(body).hexdigest())


def read_xlsx(content: bytes, columns: Sequence[str]) -> list[Row]:
    """Read the first sheet of a workbook.

    Raises:
        NotComplete: it is no whole workbook yet, or has no last line.
        Unreadable: a column is missing, or count or checksum are wrong.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > _LARGEST_UNPACKED_BYTES:
                raise Unreadable("too_large", "unpacked")
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        lines = [
            [_cell(value) for value in line]
            for line in workbook.worksheets[0].iter_rows(values_only=True)
        ]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError):
        raise NotComplete from None
    filled = [line for line in lines if any(line)]
    # Every line is as wide as the widest, which is the last.
    width = sum(1 for cell in filled[0] if cell) if filled else 0
    rows, last = [line[:width] for line in filled[:-1]], filled[-1:]
    sha256 = hashlib.sha256(_lines([list(map(str, row)) for row in rows])).hexdigest()
    return _rows([*rows, *last], columns, sha256)


def _rows(lines: Sequence[Sequence[Cell]], columns: Sequence[str], sha256: str) -> list[Row]:
    filled = [line for line in lines if any(line)]
    if not filled or filled[-1][0] != END:
        raise NotComplete
    header, *rows, (_, *end) = filled
    for column in columns:
        if list(header).count(column) != 1:
            raise Unreadable("no_such_column", column)
    _check(end, len(rows), sha256)
    names = [name if isinstance(name, str) else "" for name in header]
    return [
        Row(place, dict(zip(names, row, strict=False))) for place, row in enumerate(rows, start=2)
    ]


def _check(end: Sequence[Cell], count: int, sha256: str) -> None:
    said, given = (*end, "", "")[:2]
    if _number(said) != count:
        raise Unreadable("wrong_count", f"{count} rows")
    # A person who fills in a table cannot know the checksum, and leaves it empty.
    if given not in {"", sha256}:
        raise Unreadable("wrong_sha256", f"{count} rows")


def _cell(value: Any) -> Cell:
    match value:
        case None:
            return ""
        case str():
            return value
        case int() if not isinstance(value, bool):
            return NotText(value)
        case _:
            return NotText()


def _number(cell: Cell) -> int | None:
    if isinstance(cell, NotText):
        return cell.number
    try:
        return parse_int(cell)
    except Malformed:
        return None


def _neutral(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _end(body: bytes, count: int, rest: End) -> list[str]:
    return [END, str(count), hashlib.sha256(body).hexdigest(), *rest(body)]


def _lines(lines: Iterable[Sequence[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(lines)
    return written.getvalue().encode()
