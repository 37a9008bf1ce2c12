import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from typing_extensions import override

from libs.errors import Unreadable
from libs.opener.client import END_WITHIN_S, TRANSFER_S, Opener
from services.ministries.deliveries.adapters.sheet_worker import (
    MOST_CELLS,
    MOST_ROWS,
    NotComplete,
    NotText,
    Row,
    read_csv,
    read_xlsx,
)
from services.ministries.deliveries.adapters.sheets import (
    LIMITS,
    SheetReader,
    write_csv,
    write_xlsx,
)
from services.ministries.settings import Settings
from tests.services.ministries.deliveries.adapters.scenes import (
    protected,
    stretched,
    with_part,
    workbook,
)

HEADER = ("row", "name")
ROWS = [("1", "রহিমা খাতুন"), ("2", 'ড়, "য়"\nনতুন লাইন')]
Cells = list[dict[str, Any]]


def nothing(_: bytes) -> list[str]:
    return []


def cells(rows: Sequence[Row]) -> Cells:
    return [dict(row.cells) for row in rows]


@pytest.mark.parametrize(("write", "read"), [(write_csv, read_csv), (write_xlsx, read_xlsx)])
def test_what_is_written_is_read(write: Callable[..., bytes], read: Callable[..., Any]) -> None:
    """Bangla, quotes and line breaks come back as they were, in both formats."""
    assert cells(read(write(HEADER, ROWS, nothing), HEADER)) == [
        dict(zip(HEADER, row, strict=True)) for row in ROWS
    ]


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@given(st.lists(st.tuples(texts.map("r{}".format), texts), max_size=5))
def test_any_text_survives_csv(rows: list[tuple[str, str]]) -> None:
    """Except for the apostrophe before what would be a formula; no row is lost or added."""
    read = read_csv(write_csv(HEADER, rows, nothing), HEADER)
    assert [(row.text("row"), row.text("name").lstrip("'")) for row in read] == [
        (row, name.lstrip("'")) for row, name in rows
    ]


@pytest.mark.parametrize("formula", ["=1+1", "+880", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])
def test_a_formula_is_text(formula: str) -> None:
    """A spreadsheet that opens the file runs nothing that a citizen has written."""
    rows = list(csv.reader(io.StringIO(write_csv(HEADER, [("1", formula)], nothing).decode())))
    assert rows[1] == ["1", f"'{formula}"]
    content = write_xlsx(HEADER, [("1", formula)], nothing)
    cell = load_workbook(io.BytesIO(content)).worksheets[0]["B2"]
    assert (cell.data_type, cell.value) == ("s", formula)


def test_the_last_line_has_number_checksum_and_what_follows() -> None:
    """The checksum is that of all lines before, without the byte order mark."""
    content = write_csv(HEADER, [("1", "a")], lambda body: [str(len(body))])
    body = b"row,name\n1,a\n"
    assert content.startswith(b"\xef\xbb\xbf")
    last = f"END,1,{hashlib.sha256(body).hexdigest()},{len(body)}\n"
    assert content[3:] == body + last.encode()


def test_a_repeat_is_the_same_file() -> None:
    """A workbook does not carry the time at which it was written."""
    assert write_xlsx(HEADER, ROWS, nothing) == write_xlsx(HEADER, ROWS, nothing)


@pytest.mark.parametrize(
    "content", [write_csv(HEADER, ROWS, nothing), write_xlsx(HEADER, ROWS, nothing)]
)
def test_no_part_of_a_file_is_a_whole_file(content: bytes) -> None:
    """A file that has arrived in part is not read, wherever it is cut off."""
    read = read_csv if content.startswith(b"\xef") else read_xlsx
    for length in range(0, len(content) - 80, 1 if read is read_csv else 37):
        with pytest.raises((NotComplete, Unreadable)):
            read(content[:length], HEADER)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"row,name\n1,a\nEND,2,\n", "wrong_count"),
        (b"row,name\n1,a\nEND,,\n", "wrong_count"),
        (b"row,name\n1,a\nEND,1,abc\n", "wrong_sha256"),
        (b"row,Name\n1,a\nEND,1,\n", "no_such_column"),
        (b"row,row,name\n1,1,a\nEND,1,\n", "no_such_column"),
        (b"row;name\n1;a\nEND,1,\n", "no_such_column"),
        ("row,name\n1,é\nEND,1,\n".encode("cp1252"), "not_utf8"),
        ("row,name\n1,a\nEND,1,\n".encode("utf-16"), "not_utf8"),
        (workbook(HEADER, ("1", "a"), ("END", 2)), "wrong_count"),
        (workbook(("row",), ("1",), ("END", 1)), "no_such_column"),
    ],
)
def test_a_file_is_refused_as_a_whole(content: bytes, reason: str) -> None:
    """A file of which a part may be wrong or missing is not used."""
    with pytest.raises(Unreadable, match=reason):
        (read_xlsx if content.startswith(b"PK") else read_csv)(content, HEADER)


@pytest.mark.parametrize(
    "content",
    [
        b"row,name\n1,a\nEND,1\n",
        b"\xef\xbb\xbfrow,name\r\n1,a\r\n\r\nEND,1,,,\r\n",
        "name,row,more\na,1,x\nEND,১,\n".encode(),
        workbook(("row", "name"), (1, "a"), ("END", 1)),
        workbook(("name", "row"), ("a", "1"), (None, None), ("END", "1", "")),
    ],
)
def test_what_people_write_is_read(content: bytes) -> None:
    """Without a checksum, with other line ends, columns in another order, or Bangla digits."""
    (row,) = (read_xlsx if content.startswith(b"PK") else read_csv)(content, HEADER)
    assert (row.number("row"), row.text("name")) == (1, "a")


GOOD = write_xlsx(HEADER, ROWS, nothing)


@pytest.mark.parametrize(
    ("dimension", "last"),
    [
        ("A1:XFD2000", 2000),
        ("A1:XFD6000", 6000),
        ("A1:AMJ50000", 50_000),
        ("A1:XFD1048576", 1_048_576),
    ],
)
async def test_the_size_that_a_sheet_says_is_ignored(dimension: str, last: int) -> None:
    """Only what is there costs anything: 5.5 kB with a cell in the last row are read as others."""
    content = stretched(GOOD, dimension, last)
    assert len(content) < 6000
    rows = await SheetReader().read("a.xlsx", content, HEADER)
    assert [(row.text("row"), row.text("name")) for row in rows] == ROWS


def test_a_flipped_bit_ends_the_file_only() -> None:
    """Wherever it is: the file is read, refused, or left as one that is still being written."""
    for number in range(400):
        content = bytearray(GOOD)
        content[number * len(GOOD) // 400] ^= 1 << number % 8
        with suppress(NotComplete, Unreadable):
            assert cells(read_xlsx(bytes(content), HEADER)) == cells(read_xlsx(GOOD, HEADER))


@pytest.mark.parametrize("part", zipfile.ZipFile(io.BytesIO(GOOD)).namelist())
@pytest.mark.parametrize("content", [b"", b"<", b"<x>" * 10_000, b"\xff\xfe"])
def test_a_malformed_part_ends_the_file_only(part: str, content: bytes) -> None:
    """Some parts are not needed; without the others it is refused."""
    with suppress(Unreadable):
        assert len(read_xlsx(with_part(GOOD, part, lambda _: content), HEADER)) == len(ROWS)


@pytest.mark.parametrize("content", [protected(GOOD), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_a_password_is_no_unfinished_file(content: bytes) -> None:
    """It would never be read, so it is refused at once."""
    with pytest.raises(Unreadable, match=r"damaged|not_a_workbook"):
        read_xlsx(content, HEADER)


@pytest.mark.parametrize(
    "content",
    [
        b"row,name\n" + b"1,a\n" * (MOST_ROWS + 1) + b"END,%d\n" % (MOST_ROWS + 1),
        b"row,name" + b"," * MOST_CELLS + b"\nEND,0\n",
        b"row,name\n" + b"\n" * 2_000_000 + b"END,0\n",
        stretched(GOOD, "A1:B2", 2_000_000),
    ],
)
def test_rows_and_cells_are_bounded(content: bytes) -> None:
    """While they are read, also the empty ones."""
    with pytest.raises(Unreadable, match="too_large"):
        (read_xlsx if content.startswith(b"PK") else read_csv)(content, HEADER)


async def test_what_the_process_answers_is_what_was_read() -> None:
    """Texts, numbers, what is neither, and why a file is refused."""
    reader, sheet = SheetReader(), workbook(HEADER, ("1", 7), ("2", 7.5), ("3", "র‍্যাব"), ("END", 3))
    rows = await reader.read("a.XLSX", sheet, ("name",))
    assert [row.cells["name"] for row in rows] == [NotText(7), NotText(), "র‍্যাব"]
    assert [row.place for row in rows] == [2, 3, 4]
    with pytest.raises(NotComplete):
        await reader.read("a.csv", b"row,name\n", HEADER)
    with pytest.raises(Unreadable, match="no_such_column: name"):
        await reader.read("a.csv", b"row\nEND,0\n", HEADER)


@pytest.mark.parametrize(
    "rows",
    [
        b'[2, ["7"]]\n' * (MOST_ROWS + 1),
        b'[2, ["7"%b]]\n' % (b', "7"' * 300_000),
        b'[2, ["7", {}]]\n',
        b'["2", ["7"]\n',
        b"\n",
    ],
)
async def test_an_answer_of_a_process_that_was_taken_over_is_bounded(rows: bytes) -> None:
    """It is 20 MB at most; as objects of Python that may be some GB."""
    process = TakenOver(b'{"refused": null, "is_complete": true}\n[2, ["6"]]\n')
    reader = SheetReader(process)
    (row,) = await reader.read("a.csv", b"", ("row",))
    assert row.cells == {"row": "6"}
    process.printed += rows
    with pytest.raises(Unreadable, match="damaged"):
        await reader.read("a.csv", b"", ("row",))


class TakenOver(Opener):
    """A process that a file has taken over, and that prints what the file wants."""

    def __init__(self, printed: bytes) -> None:
        super().__init__()
        self.printed = printed

    @override
    async def run(self, module: str, *arguments: str, **_: object) -> bytes:
        return self.printed


async def test_a_cell_that_is_far_too_long_is_its_own_row_s_trouble() -> None:
    """The others are read; the cell stays too long for any column."""
    content = "row,name\n1,{}\n2,b\nEND,2\n".format("র" * 100_000).encode()
    first, second = await SheetReader().read("a.csv", content, HEADER)
    assert len(first.text("name")) > 10_000
    assert second.text("name") == "b"


@pytest.mark.parametrize("value", [7, 7.5, date(2026, 3, 1), True])
def test_what_a_spreadsheet_made_of_a_text_is_no_text(value: object) -> None:
    """A date or a number has lost what was typed, such as leading zeros."""
    (row,) = read_xlsx(workbook(HEADER, ("1", value), ("END", 1)), HEADER)
    with pytest.raises(Unreadable, match="not_text"):
        row.text("name")


def test_a_number_may_have_lost_its_zeros() -> None:
    """A row number is the same with and without."""
    for content in (b"row,name\n007,a\nEND,1\n", b"row,name\n7,a\nEND,1\n"):
        assert read_csv(content, HEADER)[0].number("row") == 7
    with pytest.raises(Unreadable, match="not_a_number"):
        read_csv(b"row,name\nx,a\nEND,1\n", HEADER)[0].number("row")


def test_an_opener_that_hangs_is_noticed_before_the_ministry_is_blamed() -> None:
    """A step of an exchange has more time than the opener, so the opener's failure comes first."""
    longest_s = LIMITS.deadline_s + TRANSFER_S + END_WITHIN_S
    assert longest_s < Settings.model_fields["file_deadline_s"].default
