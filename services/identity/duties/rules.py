"""Officers with their duties, and what two people decide about a duty."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.contracts.identity import OfficerChanged, StandIn
from libs.ids import derived_id
from libs.two_people.rules import Act

OVER_FOR_DAYS: Final = 7
"""Days for which an absence that is over is announced, so that its deputy is told that it ended."""

MOST_STAND_INS: Final = 200
"""Duties for colleagues that an event holds; those of later days are announced as days pass."""

_UNTIL: Final = " until "


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer as others need one: where, for which area, with which duties; without a name.

    `stand_ins` are duties that the officer has for colleagues who are away: the duty, its first and
    last day, and who is away, with blanks between them.
    """

    officer_id: UUID
    ministry: str
    office_id: str | None
    area: str | None
    duties: tuple[str, ...]
    active: bool
    acts_until: date | None = None
    stand_ins: tuple[str, ...] = ()

    def event(self, at: datetime) -> OfficerChanged:
        """Return the event about the officer as of a time."""
        return OfficerChanged(
            event_id=derived_id(self.officer_id, f"officer at {at.isoformat()}"),
            occurred_at=at,
            officer_id=self.officer_id,
            ministry=self.ministry,
            office_id=self.office_id,
            area=self.area,
            duties=self.duties,
            active=self.active,
            acts_until=self.acts_until,
            stands_in=tuple(
                StandIn(duty=duty, since=since, until=until, absent_id=absent_id)
                for duty, since, until, absent_id in map(str.split, self.stand_ins)
            ),
        )


@dataclass(frozen=True, slots=True)
class DutyAct:
    """A proposal about a duty: that an officer gets it, or that it ends."""

    username: str
    duty: str
    is_given: bool
    until: date | None = None


def at_office(act: Act, office_id: str) -> Act:
    """Return an act about a duty as it is proposed: for the office of the officer now."""
    return replace(act, subject=f"{act.subject} at {office_id}")


def office_in(act: Act) -> str | None:
    """Return the office for which an act about a duty is; None if it is about something else."""
    if duty_act_in(act) is None:
        return None
    return act.subject.partition(" at ")[2]


def subject_of(username: str) -> str:
    """Return the subject of acts about duties of an officer."""
    return f"duty {username}"


def kind_of(duty: str, *, is_given: bool, until: date | None = None) -> str:
    """Return the kind of an act about a duty."""
    kind = f"{'give' if is_given else 'end'}_duty:{duty}"
    return f"{kind}{_UNTIL}{until.isoformat()}" if until else kind


def duty_act_in(act: Act) -> DutyAct | None:
    """Return what an act says about a duty; None if it is about something else."""
    about, _, whose = act.subject.partition(" ")
    username = whose.partition(" at ")[0]
    if about != "duty":
        return None
    verb, _, what = act.kind.partition("_duty:")
    duty, _, until = what.partition(_UNTIL)
    last_day = date.fromisoformat(until) if until else None
    return DutyAct(username, duty, is_given=verb == "give", until=last_day)
