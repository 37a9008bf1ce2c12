"""Batches of the platform read, and a ministry's files of results written."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from libs.errors import Unreadable
from sandbox.ministries.use_cases import HandOver

TO: Final = "to-ministry"
FROM: Final = "from-ministry"
FOLDERS: Final = (TO, FROM)

_NOWHERE: Final = "http://no-callbacks.invalid/"
_STATES: Final = {"approved": "APPROVED", "refused": "REFUSED", "correction_asked": "RETURNED"}
_ANSWER: Final = "form."
HEADER: Final = (
    "batch_no", "row_no", "application_id", "tracking_number", "state", "case_file_number",
    "note_bn", "note_en",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row of a batch: the hand-over, its key, and where it stands."""

    batch_no: int
    row_no: int
    delivery_id: str
    body: HandOver
    papers: str


@dataclass(frozen=True, slots=True)
class Result:
    """The ministry's decision on a row; without an action it was received."""

    batch_no: int
    row_no: int
    application_id: str
    tracking_number: str
    case_file_number: str
    action: str | None = None
    note_bn: str = ""
    note_en: str = ""


def read_batch(content: bytes) -> list[BatchRow]:
    """Read a batch whose last line says that it is whole.

    Raises:
        Unreadable: it is not whole, or is no batch.
    """
    text = content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    body = content[: content.rfind(b"\nEND") + 1].removeprefix(b"\xef\xbb\xbf")
    if len(rows) < 2 or rows[-1][0] != "END":
        raise Unreadable("wrong_shape", "no last line")
    header, *lines, end = rows
    if end[1] != str(len(lines)) or end[2] != sha256(body).hexdigest():
        raise Unreadable("wrong_shape", "another count or SHA-256")
    return [_row(dict(zip(header, line, strict=False))) for line in lines]


def write_results(results: Sequence[Result]) -> bytes:
    """Write a file of results with its last line; a clerk leaves the SHA-256 empty."""
    written = io.StringIO(newline="")
    lines = csv.writer(written)
    lines.writerow(HEADER)
    for result in results:
        lines.writerow(cells(result))
    lines.writerow(["END", len(results)])
    return written.getvalue().encode()


def cells(result: Result) -> list[str | int]:
    """Return a row of a file of results."""
    state = "RECEIVED" if result.action is None else _STATES[result.action]
    return [
        result.batch_no, result.row_no, result.application_id, result.tracking_number, state,
        result.case_file_number, result.note_bn, result.note_en,
    ]  # fmt: skip


def papers_are_right(row: BatchRow, folder: Path) -> list[tuple[str, bool]]:
    """Compare the papers beside a batch with the names and results in its rows."""
    named = [paper.split(" ") for paper in row.papers.split("; ") if paper]
    return [(name, _is_right(folder / name, digest)) for name, digest in named]


def _is_right(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path.read_bytes()).hexdigest() == digest


def _row(values: Mapping[str, str]) -> BatchRow:
    given: dict[str, Any] = {
        name: values[name] or None
        for name in (
            "kind", "application_id", "tracking_number", "public_service_id", "form_version",
            "service_centre_id", "applicant_id", "actor_id",
        )
    }  # fmt: skip
    form = {
        name.removeprefix(_ANSWER): text
        for name, text in values.items()
        if name.startswith(_ANSWER) and text
    }
    return BatchRow(
        batch_no=int(values["batch_no"]),  # house: ascii-digits
        row_no=int(values["row_no"]),  # house: ascii-digits
        delivery_id=str(UUID(values["delivery_id"])),
        body=HandOver.model_validate({**given, "form": form or None, "callback_url": _NOWHERE}),
        papers=values["papers"],
    )
