"""Reads tables of ministries: CSV and XLSX. It runs in a process of its own, which has limits.

The opener starts it with the content on its standard input; `sheets.SheetReader` reads
what it prints: one line of JSON about the file, and one for each row. A workbook says itself how
large it is, and may lie: only rows and cells that it has are counted, while they are read.
"""

import csv
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

from libs.bangladesh.text import LARGEST_NUMBER, Malformed, parse_int
from libs.errors import Unreadable

END: Final = "END"
"""First cell of the last line, so that half a file is never taken for a whole one."""

LARGEST_BYTES: Final = 20_000_000
MOST_ROWS: Final = 20_000
"""Four of the largest batches."""
MOST_CELLS: Final = 500_000
"""Rows times columns, with the empty ones before the last of a row."""

LONGEST_LINE_BYTES: Final = 1024 * 1024
"""Of the answer; eight cells of the longest fit, even if JSON escapes each character."""

_LONGEST_CELL: Final = 20_000  # far more than any column may have, so a longer one is not used
_BOM: Final = b"\xef\xbb\xbf"
# An Excel file of before 2007, and a newer one with a password, are files of OLE.
_OLE: Final = b"\xd0\xcf\x11\xe0"
_MOST_LINES: Final = 1_048_576
"""As many as a spreadsheet has, empty ones included."""


@dataclass(frozen=True, slots=True)
class NotText:
    """A cell that a spreadsheet has made a number, a date or a truth value; zeros may be lost."""

    number: int | None = None


OPTIONAL: Final = "?"
"""Stands behind the name of a column that a file may leave out."""


def name_of(column: str) -> str:
    """Return the name of a column, without the mark of one that may be left out."""
    return column.removesuffix(OPTIONAL)


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
        """Return a cell's number, of at most 18 digits, whether it is text or a number.

        Raises:
            Unreadable: it is neither.
        """
        number = _number(self.cells.get(column, ""))
        if number is None:
            raise Unreadable("not_a_number", column)
        return number


@dataclass(frozen=True, slots=True)
class Answer:
    """The first line that the process prints.

    Each line that follows is a row: its place, and the cells of the columns, which are text, a
    number, or null for what is neither.

    Args:
        refused: why the file is not used.
        is_complete: whether it has its last line.
    """

    refused: str | None = None
    is_complete: bool = True


def read_csv(content: bytes, columns: Sequence[str]) -> list[Row]:
    """Read a table in UTF-8, with or without a byte order mark, from any program.

    Raises:
        NotComplete: it has no last line yet.
        Unreadable: it is not UTF-8, a column is missing, count or checksum are wrong, or it has
            more rows or cells than is allowed.
    """
    content = content.removeprefix(_BOM)
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")
    try:
        lines = list(_bounded(csv.reader(text, strict=True)))
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
        Unreadable: it has a password or is damaged, a column is missing, count or checksum are
            wrong, or it has more rows or cells than is allowed.
        MemoryError: it needs more than the process may have.
    """
    if content.startswith(_OLE):
        raise Unreadable("not_a_workbook", "save it as XLSX without a password")
    try:
        _check_directory(content)
        lines = list(_bounded(_sheet(content)))
    except (MemoryError, NotComplete, Unreadable):
        raise
    except Exception as failure:  # noqa: BLE001 -- damage fails in any way
        raise Unreadable("damaged", type(failure).__name__) from None
    width = sum(1 for cell in lines[0] if cell) if lines else 0
    table = [(line + [""] * width)[:width] for line in lines[:-1]]
    sha256 = hashlib.sha256(csv_lines([list(map(str, row)) for row in table])).hexdigest()
    return _rows([*table, *lines[-1:]], columns, sha256)


def csv_lines(lines: Iterable[Sequence[str]]) -> bytes:
    """Return lines as CSV; the checksum of a table is made of it."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(lines)
    return written.getvalue().encode(errors="replace")


def main(arguments: list[str]) -> None:
    """Read the table on the standard input; the arguments are `csv` or `xlsx`, and the columns."""
    file_format, *columns = arguments
    content = sys.stdin.buffer.read()
    read = read_xlsx if file_format == "xlsx" else read_csv
    answer, rows = Answer(), list[Row]()
    try:
        rows = read(content, columns)
    except NotComplete:
        answer = Answer(is_complete=False)
    except Unreadable as failure:
        answer = Answer(refused=str(failure))
    for line in (asdict(answer), *((row.place, _printed(row, columns)) for row in rows)):
        printed = json.dumps(line, ensure_ascii=False)
        sys.stdout.buffer.write(printed.encode(errors="replace") + b"\n")


def _check_directory(content: bytes) -> None:
    """Check that a workbook has its directory, which is written last.

    Raises:
        NotComplete: it has none.
    """
    try:
        zipfile.ZipFile(io.BytesIO(content)).close()
    except zipfile.BadZipFile:
        raise NotComplete from None


def _sheet(content: bytes) -> Iterator[list[Cell]]:
    """Yield the lines of the first sheet; a line ends with its last cell."""
    # Loaded after the limits are set.
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    sheet.reset_dimensions()  # it may say any size, and openpyxl would make the cells up
    for line in sheet.iter_rows(values_only=True):
        yield [_cell(value) for value in line]


def _bounded(lines: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """Yield the lines that have something.

    Raises:
        Unreadable: there are more lines or cells than a file may have.
    """
    cells = filled = 0
    for number, line in enumerate(lines, start=1):
        cells += len(line)
        if cells > MOST_CELLS or number > _MOST_LINES:
            raise Unreadable("too_large", f"over {MOST_CELLS} cells")
        if any(line):
            filled += 1
            if filled > MOST_ROWS + 2:  # with the header and the last line
                raise Unreadable("too_large", f"over {MOST_ROWS} rows")
            yield line


def _rows(lines: Sequence[Sequence[Cell]], columns: Sequence[str], sha256: str) -> list[Row]:
    filled = [line for line in lines if any(line)]
    if not filled or filled[-1][0] != END:
        raise NotComplete
    header, *rows, (_, *end) = filled
    for column in columns:
        name, times = name_of(column), list(header).count(name_of(column))
        if times != 1 and not (name != column and times == 0):
            raise Unreadable("no_such_column", name)
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
        case int() if not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER:
            return NotText(value)
        case _:
            return NotText()


def _printed(row: Row, columns: Sequence[str]) -> list[str | int | None]:
    cells = (row.cells.get(name_of(column), "") for column in columns)
    return [cell.number if isinstance(cell, NotText) else cell[:_LONGEST_CELL] for cell in cells]


def _number(cell: Cell) -> int | None:
    if isinstance(cell, NotText):
        return cell.number
    try:
        return parse_int(cell)
    except Malformed:
        return None
