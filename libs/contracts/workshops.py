"""Workshops for bodies: invitations, attendance, minutes. HTTP bodies."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Day, MinistryId
from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.programme import Line
from libs.contracts.questions import QuestionView, Wording

Bodies = Annotated[tuple[MinistryId, ...], Field(max_length=100)]


class CreateWorkshop(Contract):
    """Set a workshop, and invite bodies; the same again adds nothing."""

    model_config = ConfigDict(extra="forbid")

    topic: Line
    day: Day
    place: Line
    bodies: Bodies | None = Field(
        default=None, description="Who is invited; null for all that owe a list"
    )


class RecordAttendance(Contract):
    """Record which bodies came; the last record counts."""

    model_config = ConfigDict(extra="forbid")

    bodies: Bodies


class WriteMinutes(Contract):
    """Write the minutes; the last ones count. Invited bodies read them."""

    model_config = ConfigDict(extra="forbid")

    minutes: Wording


class WorkshopView(Contract):
    """A workshop, and how many bodies came."""

    workshop_id: UUID
    topic: str
    day: Day
    place: str
    invited: int
    attended: int
    minutes: str | None = Field(description="Null while nobody has written them")
    recorded_at: AwareDatetime | None = Field(
        description="When attendance was recorded last; null if nobody did, so nobody knows who "
        "came"
    )


class WorkshopList(Contract):
    """Workshops, the latest set first."""

    items: list[WorkshopView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class BodyOfWorkshop(Contract):
    """A body at a workshop."""

    body: str
    name: Text
    is_invited: bool
    attended: bool
    mailed_at: AwareDatetime | None = Field(
        default=None, description="When the invitation went by mail to who answers for the body"
    )


class WorkshopDetails(Contract):
    """A workshop with its bodies, and what was asked there."""

    workshop: WorkshopView
    bodies: list[BodyOfWorkshop]
    questions: list[QuestionView] = Field(description="The newest 100")


class NeverCame(Contract):
    """A body that was invited and has never come."""

    body: str
    name: Text
    invited: int = Field(description="Workshops that are over, with a record of who came")
    last_on: Day


class NeverCameList(Contract):
    """Bodies that have never come, the most often invited first."""

    items: list[NeverCame]
