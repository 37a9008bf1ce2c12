import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from libs.errors import Unreadable
from services.ministries.deliveries.adapters.sheets import (
    NotComplete,
    Row,
    read_csv,
    read_xlsx,
    write_csv,
    write_xlsx,
)

HEADER = ("row", "name")
ROWS = [("1", "রহিমা খাতুন"), ("2", 'ড়, "য়"\nনতুন লাইন')]
Cells = list[dict[str, Any]]


def nothing(_: bytes) -> list[str]:
    return []


def cells(rows: Sequence[Row]) -> Cells:
    return [dict(row.cells) for row in rows]


def workbook(*lines: Sequence[Any]) -> bytes:
    made = io.BytesIO()
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in lines:
        sheet.append(list(line))
    book.save(made)
    return made.getvalue()


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
    """However much of it has arrived, nothing is read before the end."""
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
