"""Tables as files that people open in a spreadsheet: CSV and XLSX, written and read.

The last line of each file is `END`, the number of rows and their SHA-256, so that half a file is
never taken for a whole one. What a ministry wrote is read in a process of its own
(`sheet_worker.py`).
"""

import asyncio
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Final, TypeAlias

import xlsxwriter
from pydantic import FailFast, TypeAdapter, ValidationError

from libs.errors import Unreadable
from libs.limited_process import ProcessEnded, ProcessLimits
from libs.opener.client import Opener
from services.ministries.deliveries.adapters import sheet_worker
from services.ministries.deliveries.adapters.sheet_worker import (
    END,
    LARGEST_BYTES,
    LONGEST_LINE_BYTES,
    MOST_ROWS,
    Answer,
    Cell,
    NotComplete,
    NotText,
    Row,
    csv_lines,
    name_of,
)

End: TypeAlias = Callable[[bytes], Sequence[str]]

LIMITS: Final = ProcessLimits(
    memory_bytes=256 * 1024 * 1024, cpu_s=15, deadline_s=25.0, answer_bytes=LARGEST_BYTES
)
"""Of the process that reads one file; 20,000 rows take it 3 s."""

# A spreadsheet takes text that begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_ANSWER: Final = TypeAdapter(Answer)
_ROW: Final = TypeAdapter(tuple[int, Annotated[list[str | int | None], FailFast()]])


class SheetReader:
    """Reads files of ministries, one at a time: the process must fit into the service's memory.

    Ministries take turns, so that a demanding file delays the others by `deadline_s` at most.

    Args:
        opener: runs the process that reads one file; by default a child of this one.
        limits: of that process.
    """

    def __init__(self, opener: Opener | None = None, *, limits: ProcessLimits = LIMITS) -> None:
        self._opener = opener or Opener()
        self._limits = limits
        self._turn = asyncio.Semaphore(1)

    async def read(self, name: str, content: bytes, columns: Sequence[str]) -> list[Row]:
        """Read a table; only these columns are returned. One that ends in `?` may be left out.

        Raises:
            NotComplete: it has no last line yet.
            Unreadable: it is refused as a whole; also when it takes too much memory or time.
            ProcessEnded: the process has failed, and the file is not to blame.
            Unavailable: nor is it where the opener is away.
        """
        file_format = "xlsx" if name.lower().endswith(".xlsx") else "csv"
        try:
            async with self._turn:
                printed = await self._opener.run(
                    sheet_worker.__name__,
                    file_format,
                    *columns,
                    limits=self._limits,
                    standard_input=content,
                )
            return await asyncio.to_thread(_rows, printed, columns)
        except ProcessEnded as ended:
            if not ended.by_limit:
                raise
            raise Unreadable("too_demanding", "takes too much memory or time") from None


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], end: End) -> bytes:
    """Write a table with a byte order mark, without which Excel does not show Bangla.

    Text that a spreadsheet would run as a formula gets an apostrophe before it.

    Args:
        header: names of the columns.
        rows: the rows.
        end: makes what follows number and checksum in the last line, from all before it.
    """
    table = [[_neutral(cell) for cell in row] for row in rows]
    body = csv_lines([header, *table])
    return b"\xef\xbb\xbf" + body + csv_lines([_end(body, len(table), end)])


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[str]], end: End) -> bytes:
    """Write a table whose cells are all text; the checksum is that of the same rows in CSV."""
    table = [list(row) for row in rows]
    lines = [header, *table, _end(csv_lines([header, *table]), len(table), end)]
    made = io.BytesIO()
    # The time of making is fixed, so that a repeat is the same file.
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001
        sheet = workbook.add_worksheet()
        for place, line in enumerate(lines):
            for column, cell in enumerate(line):
                sheet.write_string(place, column, cell)
    return made.getvalue()


def _neutral(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _end(body: bytes, count: int, rest: End) -> list[str]:
    return [END, str(count), hashlib.sha256(body).hexdigest(), *rest(body)]


def _rows(printed: bytes, columns: Sequence[str]) -> list[Row]:
    """Return the rows that the process read; a malicious file may have forged them.

    It is read line by line: as a whole, 20 MB of small values would take some GB.

    Raises:
        NotComplete: the file has no last line yet.
        Unreadable: it is refused.
    """
    lines = io.BytesIO(printed)
    try:
        answer = _ANSWER.validate_json(lines.readline(LONGEST_LINE_BYTES))
        if answer.refused is not None:
            raise Unreadable(answer.refused)
        if not answer.is_complete:
            raise NotComplete
        rows: list[Row] = []
        names = [name_of(column) for column in columns]
        while line := lines.readline(LONGEST_LINE_BYTES):
            if len(rows) == MOST_ROWS:
                raise Unreadable("damaged", "more rows than it may have")
            place, cells = _ROW.validate_json(line)
            rows.append(Row(place, dict(zip(names, map(_cell, cells), strict=False))))
    except ValidationError:
        raise Unreadable("damaged") from None
    return rows


def _cell(cell: str | int | None) -> Cell:
    return cell if isinstance(cell, str) else NotText(cell)
