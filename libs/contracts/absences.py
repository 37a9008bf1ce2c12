"""Absences of officers, and the colleagues who stand in for them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from libs.contracts.bounds import Day
from libs.contracts.contract import Contract

AbsenceState = Literal["coming", "running"]


class RecordAbsence(Contract):
    """Record that an officer is away, and who has the officer's duties meanwhile."""

    model_config = ConfigDict(extra="forbid")

    officer_id: UUID | None = Field(
        default=None, description="Who is away; null for myself. Another one is for the programme"
    )
    since: Day = Field(description="The first day")
    until: Day = Field(description="The last day, within a year of the first")
    deputy_id: UUID = Field(description="An officer of the same office")
    reason: Annotated[str, Field(min_length=3, max_length=500)] = Field(
        description="Number and day of the order; never why somebody is ill"
    )


class Colleague(Contract):
    """An officer who can stand in."""

    officer_id: UUID
    username: str


class AbsenceView(Contract):
    """An absence that has not ended, and who stands in."""

    absence_id: UUID
    officer: str = Field(description="Username of who is away")
    deputy: str = Field(description="Username")
    since: date
    until: date = Field(description="The last day, for the deputy too")
    state: AbsenceState
    deputy_acts: bool = Field(
        description="False where the deputy has left the office or may not act today: nobody has "
        "the duties beside who is away, until another absence names another deputy"
    )


class AbsencesPage(Contract):
    """The absences of an officer, those in which the officer stands in, and who can stand in."""

    own: list[AbsenceView]
    stands_in: list[AbsenceView]
    colleagues: list[Colleague]


class AbsenceRecorded(Contract):
    """An absence that holds, or the proposal of the programme that waits for a second person."""

    absence_id: UUID | None = None
    proposal_id: UUID | None = None
