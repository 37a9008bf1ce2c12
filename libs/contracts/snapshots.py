"""Weekly snapshots of the programme: for those who lead, and as open data. HTTP bodies."""

from pydantic import AwareDatetime, Field

from libs.contracts.bounds import Day
from libs.contracts.contract import Contract


class SnapshotWeek(Contract):
    """A week of which there is a snapshot."""

    week_ends: Day = Field(description="Its Saturday")
    week_begins: Day = Field(description="Its Sunday")
    taken_at: AwareDatetime
    is_recounted: bool = Field(
        description="Applications of the last day were counted again, and none was missing"
    )


class SnapshotWeeks(Contract):
    """Weeks of which there is a snapshot, the newest first."""

    items: list[SnapshotWeek]
    next: Day | None = Field(None, description="Continues the list (`?after=`)")


class OpenDataFile(Contract):
    """A file that never changes at its address."""

    name: str
    address: str
    media_type: str
    size_bytes: int
    sha256: str


class OpenDataWeek(SnapshotWeek):
    """The files of a week."""

    files: list[OpenDataFile]


class OpenDataIndex(Contract):
    """The open data of the programme: a snapshot a week, the newest first."""

    licence: str = Field(description="SPDX id")
    licence_address: str
    attribution: str = Field(description="Whom to name")
    hidden: str = Field(description="Stands in CSV for a number that is hidden; null in JSON")
    items: list[OpenDataWeek]
    next: Day | None = Field(None, description="Continues the list (`?after=`)")
