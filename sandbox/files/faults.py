"""Files as a clerk writes them who does something wrong."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import xlsxwriter

from sandbox.faults.rules import FileFault
from sandbox.files.batches import HEADER, Result, cells, write_results

_BOM: Final = b"\xef\xbb\xbf"
_NUMBER: Final = HEADER.index("case_file_number")


def written(results: Sequence[Result], fault: FileFault | None) -> tuple[str, bytes]:
    """Return a file of results, and the suffix of its name; with a fault, one thing is wrong."""
    if fault in {"excel_date", "eaten_zeros"}:
        return "xlsx", _spreadsheet(results, is_date=fault == "excel_date")
    content = write_results(_with_fault(results, fault))
    match fault:
        case "renamed_column":
            content = content.replace(b"application_id", b"application id", 1)
        case "wrong_count":
            content = content.replace(b"END,", b"END,9", 1)
        case "half_written":
            content = content[: content.rindex(b"END")]
        case "windows_1252":
            content = content.replace(b"\r\nEND", b",\xe9t\xe9\r\nEND", 1)
        case "byte_order_mark":
            content = _BOM + content
        case _:
            pass
    return "csv", content


def _with_fault(results: Sequence[Result], fault: FileFault | None) -> list[Result]:
    changed = list(results)
    match fault:
        case "missing_row":
            return changed[1:]
        case "doubled_row":
            return [*changed, replace(changed[0], case_file_number="another")]
        case "swapped_rows":
            places = [result.row_no for result in changed]
            turned = [*places[1:], places[0]]
            return [
                replace(result, row_no=row_no)
                for result, row_no in zip(changed, turned, strict=True)
            ]
        case "unknown_batch":
            return [replace(result, batch_no=result.batch_no + 1) for result in changed]
        case _:
            return changed


def _spreadsheet(results: Sequence[Result], *, is_date: bool) -> bytes:
    """Write a workbook that has made case file numbers dates, or numbers without zeros."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        date = workbook.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER)
        for line, result in enumerate(results, start=1):
            for column, cell in enumerate(cells(result)):
                if column != _NUMBER:
                    sheet.write_string(line, column, str(cell))
                elif is_date:
                    sheet.write_datetime(line, column, datetime(2026, 1, 7), date)  # noqa: DTZ001
                else:
                    sheet.write_number(line, column, line)
        sheet.write_row(len(results) + 1, 0, ["END", str(len(results))])
    return made.getvalue()
