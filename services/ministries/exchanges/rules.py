"""The exchange of files with a ministry, and the meaning of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from libs.contracts.problems import PROBLEMS
from libs.errors import Refused
from libs.trace_context import TraceContext
from services.ministries.deliveries.responses import MinistryResponse
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import (
    Batch,
    ReadFile,
    ResultFile,
    ResultRow,
)

Place = tuple[int, int]
"""Batch and row."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange with a ministry: files to send, to put aside, and to read."""

    ministry: str
    attempts: int
    created_at: datetime
    batches: Sequence[Batch] = ()
    read_files: Sequence[ReadFile] = ()
    trace: TraceContext | None = None

    @property
    def key(self) -> str:
        """The row's id."""
        return self.ministry

    def not_recorded(self, files: Sequence[ResultFile]) -> list[ResultFile]:
        """Return the files that are not recorded yet."""
        return [
            file
            for file in files
            if not any(read_file.is_of(file) for read_file in self.read_files)
        ]


@dataclass(slots=True)
class Exchanged:
    """The parts of an exchange that succeeded; the other parts are repeated.

    Args:
        put_aside: recorded files that are put aside.
        files: files of the ministry that are not recorded yet.
        sent: batches that the ministry has.
        is_complete: whether all of it succeeded.
    """

    put_aside: list[ReadFile] = field(default_factory=list)
    files: list[ResultFile] = field(default_factory=list)
    sent: list[Batch] = field(default_factory=list)
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """A row of a batch that was made: its delivery, and the case file number if it has one."""

    delivery: Delivery
    case_file_number: str | None = None


@dataclass(frozen=True, slots=True)
class Accounted:
    """The responses of a file, by row, and the reasons why other rows are not used."""

    responses: Mapping[Place, MinistryResponse]
    problems: Sequence[str]

    def without(self, refusals: Sequence[Refused | None]) -> "Accounted":
        """Return the responses that were taken; the others are problems of their rows.

        Args:
            refusals: why a response was not taken, for each of them in order.
        """
        refused = {
            place: refusal
            for place, refusal in zip(self.responses, refusals, strict=True)
            if refusal is not None
        }
        return Accounted(
            {place: response for place, response in self.responses.items() if place not in refused},
            [
                *self.problems,
                *(
                    f"batch {batch_no} row {row_no}: {_words(refusal)}"
                    for (batch_no, row_no), refusal in refused.items()
                ),
            ],
        )

    def report(self, file: ResultFile) -> ReadFile:
        """Return the report that is written beside the file."""
        problems = [*file.problems, *self.problems]
        lines = [f"{len(self.responses)} rows used, {len(problems)} not used", *problems]
        return ReadFile(file.name, file.is_refused, "\n".join(lines) + "\n", file.sha256)


def _words(refusal: Refused) -> str:
    title = PROBLEMS[refusal.code].title.en
    return f"{title} ({refusal.pointer})" if refusal.pointer else title


_DIFFERENT: Final = "twice with different content"


def account(file: ResultFile, sent: Mapping[Place, Sent]) -> Accounted:
    """Match the rows of a ministry's file with those of our batches; no row is used for another.

    Args:
        file: as it was read.
        sent: the rows of our batches that it names, by batch and row.
    """
    by_place: dict[Place, list[ResultRow]] = {}
    for row in file.rows:
        by_place.setdefault((row.batch_no, row.row_no), []).append(row)
    responses: dict[Place, MinistryResponse] = {}
    problems: list[str] = []
    for place, rows in by_place.items():
        problem = _DIFFERENT if any(row != rows[0] for row in rows) else _problem(rows[0], sent)
        if problem:
            problems.append(f"batch {place[0]} row {place[1]}: {problem}")
            continue
        delivery = sent[place].delivery
        responses[place] = MinistryResponse(delivery, rows[0].decision, delivery.trace)
    return Accounted(responses, problems)


def _problem(row: ResultRow, sent: Mapping[Place, Sent]) -> str:
    """Say why a row cannot be used; nothing if it can."""
    sent_row = sent.get((row.batch_no, row.row_no))
    if sent_row is None:
        return "unknown batch or row"
    delivery, number = sent_row.delivery, row.decision.case_file_number
    if (row.decision.application_id, row.tracking_number) != (
        delivery.application_id,
        delivery.tracking_number,
    ):
        return "application or tracking number of another row"
    if sent_row.case_file_number and number and number != sent_row.case_file_number:
        return "another case file number than before"
    return ""
