"""An absence, which days it may have, and what two people of the programme decide about one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.absences import AbsenceState
from libs.errors import Refused
from libs.two_people.rules import Act

_LONGEST: Final = timedelta(days=366)
_ABOUT: Final = "absence"
_AT: Final = " at "


@dataclass(frozen=True, slots=True)
class Absence:
    """An officer is away from a day to another one, and a colleague stands in.

    Args:
        staff_id: who is away.
        office_id: where.
        deputy_id: who has the duties meanwhile.
        since: the first day.
        until: the last day.
        deputy_left: whether the deputy went to another office meanwhile, and is none any more.
    """

    absence_id: UUID
    staff_id: UUID
    office_id: str
    deputy_id: UUID
    since: date
    until: date
    deputy_left: bool = False

    def state_on(self, today: date) -> AbsenceState:
        """Return whether it has begun on a day."""
        return "running" if self.since <= today else "coming"


@dataclass(frozen=True, slots=True)
class AbsenceAct:
    """A proposal of the programme: who is away where, from when to when, and who stands in."""

    username: str
    office_id: str
    deputy: str
    since: date
    until: date

    @property
    def subject(self) -> str:
        """The subject of the act."""
        return f"{_ABOUT} {self.username}{_AT}{self.office_id}"

    @property
    def kind(self) -> str:
        """The kind of the act."""
        return f"{_ABOUT}:{self.since} {self.until} {self.deputy}"


def absence_act_in(act: Act) -> AbsenceAct | None:
    """Return what an act says about an absence; None if it is about something else."""
    about, _, whose = act.subject.partition(" ")
    if about != _ABOUT:
        return None
    username, _, office_id = whose.partition(_AT)
    since, until, deputy = act.kind.partition(":")[2].split(" ")
    return AbsenceAct(
        username, office_id, deputy, date.fromisoformat(since), date.fromisoformat(until)
    )


def check_days(since: date, until: date, today: date) -> None:
    """Check that an absence can have these days.

    Raises:
        Refused: it is over, ends before it begins, or lasts longer than a year.
    """
    if until < max(since, today) or until - since >= _LONGEST:
        raise Refused("absence_days_wrong", pointer="/until")


def check_free(staff_id: UUID, deputy_id: UUID, others: Collection[Absence]) -> None:
    """Check that both are free for an absence.

    Args:
        staff_id: who is away.
        deputy_id: who stands in.
        others: the absences of both, and those in which they stand in, in the same days.

    Raises:
        Refused: the officer is away already; or one of both would be away and a deputy.
    """
    for other in others:
        if other.staff_id == staff_id:
            raise Refused("absence_overlaps", pointer="/since")
        if other.staff_id == deputy_id:
            raise Refused("deputy_away", pointer="/deputy_id")
        if other.deputy_id == staff_id:
            raise Refused("deputy_of_deputy", pointer="/since")
