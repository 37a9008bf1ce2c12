"""Values that adapters exchange with the platform besides deliveries: inquiries, batches, files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from libs.contracts.ministries import MinistryDecision
from services.ministries.deliveries.rules import Delivery


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries that one file hands over, by the number of their row."""

    ministry: str
    batch_no: int
    made_at: datetime
    rows: Mapping[int, Delivery]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row of a ministry's file: the decision on one row of a batch.

    It counts only if batch, row, application and tracking number are those of one delivery.
    """

    batch_no: int
    row_no: int
    tracking_number: str
    decision: MinistryDecision


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A whole file of a ministry: its rows, and the problems of unusable rows.

    `sha256` is that of its content.
    """

    name: str
    rows: Sequence[ResultRow]
    problems: Sequence[str] = ()
    is_refused: bool = False
    sha256: str = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file whose rows are recorded; it is put aside with a report.

    `sha256` is that of the content whose rows are recorded.
    """

    name: str
    is_refused: bool
    report: str
    sha256: str

    def is_of(self, file: ResultFile) -> bool:
        """Return whether this is the record of a file."""
        return (self.name, self.sha256) == (file.name, file.sha256)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An application that a ministry has, and of which no decision is known.

    `since` is when the ministry was asked about it last, or before it had it.
    """

    application_id: UUID
    tracking_number: str
    since: datetime


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A delivery that its ministry has: its place among the hand-overs, and when that was."""

    delivery: Delivery
    number: int
    at: datetime
    case_file_number: str | None
