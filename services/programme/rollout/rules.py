"""When an area opens, and what is open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.bangladesh.places import Place, find_place, trail
from libs.contracts.language import Text
from libs.contracts.programme import AreaStage
from libs.contracts.rollout import (
    PILOT_AREAS,
    AreaSummary,
    CheckView,
    OpeningProposal,
    Stops,
)
from libs.errors import Refused
from libs.two_people.rules import Act

LEAST_UDDOKTAS: Final = 2
OPENING: Final = "open"
_SUBJECT: Final = "area "
_TICK: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """The stage of an area, and since when; None of one that was never opened."""

    stage: AreaStage = "planned"
    since: datetime | None = None


Stages = Mapping[str, Stage]
_PLANNED: Final = Stage()


def place_of(area: str) -> Place:
    """Return a place by its code.

    Raises:
        Refused: there is no such place.
    """
    place = find_place(area)
    if place is None:
        raise Refused("not_found")
    return place


def paused_around(area: str, stages: Stages) -> str | None:
    """Return the largest area around one that is paused; None if none is."""
    around = trail(area)[:-1]
    return next((code for code in around if stages.get(code, _PLANNED).stage == "paused"), None)


def is_open(area: str, stages: Stages) -> bool:
    """Whether an area is open, and none around it is paused."""
    own = stages.get(area, _PLANNED)
    return own.stage == "open" and paused_around(area, stages) is None


def is_parent_open(place: Place, stages: Stages, *, pilot_passed: bool) -> bool:
    """Whether what is around an area is open: the pilot around its areas, and around districts.

    Districts wait until the pilot has ended and passed.
    """
    if place.code in PILOT_AREAS:
        return paused_around(place.code, stages) is None
    if place.parent is None:
        return pilot_passed
    return is_open(place.parent, stages)


def check_opens(place: Place, stage: Stage, *, parent_open: bool, is_green: bool) -> None:
    """Check that two people can open an area today.

    Raises:
        Refused: it is open, the area around it is not, or something is missing on its list.
    """
    if stage.stage == "open":
        raise Refused("area_open_before", place.code)
    if not parent_open:
        raise Refused("area_parent_closed", place.parent or "")
    if not is_green:
        raise Refused("area_list_not_green")


def check_not_older(act: Act, stage: Stage) -> None:
    """Check that an area was not paused since somebody proposed to open it.

    Raises:
        Refused: it was.
    """
    if stage.since is not None and act.proposed_at < stage.since:
        raise Refused("opening_older_than_pause")


def following(stage: Stage, at: datetime) -> datetime:
    """Return the time of a change, which is behind that of the one before."""
    return at if stage.since is None else max(at, stage.since + _TICK)


def uddoktas_check(qualified: int) -> CheckView:
    """Return whether a centre has two qualified uddoktas."""
    is_enough = qualified >= LEAST_UDDOKTAS
    return CheckView(check="uddoktas", state="green" if is_enough else "red", count=qualified)


def is_green(checks: Sequence[CheckView]) -> bool:
    """Whether everything on a list is green."""
    return all(check.state == "green" for check in checks)


def best(
    centres: Iterable[str], greens: Mapping[str, int], qualified: Mapping[str, int]
) -> str | None:
    """Return the centre that has most of what is needed, of equal ones the first; None of none.

    Args:
        centres: the ids of centres.
        greens: how much of what is measured is enough, by centre.
        qualified: how many uddoktas are qualified, by centre.
    """
    return max(
        centres,
        key=lambda centre: greens.get(centre, 0) + (qualified.get(centre, 0) >= LEAST_UDDOKTAS),
        default=None,
    )


def check_can_pause(stage: Stage) -> None:
    """Check that an area is open, so that it can be paused.

    Raises:
        Refused: it is not.
    """
    if stage.stage != "open":
        raise Refused("nothing_to_pause")


def has_words(place: Place, words: str) -> bool:
    """Whether a place has words in its name or code; they are in small letters."""
    said = f"{place.code} {place.name_en} {place.name_bn}".casefold()
    return words in said


def check_count(counted: Stops, expected: Stops) -> None:
    """Check that a pause stops what the person was told.

    Raises:
        Refused: it stops more or less by now.
    """
    if counted != expected:
        raise Refused("stops_changed", pointer="/stops")


def summary(place: Place, stages: Stages) -> AreaSummary:
    """Return an area with its stage."""
    own = stages.get(place.code, _PLANNED)
    return AreaSummary(
        area=place.code,
        kind=place.kind,
        name=Text(bn=place.name_bn, en=place.name_en),
        stage=own.stage,
        since=own.since,
        paused_with=paused_around(place.code, stages),
    )


def opening(act_id: UUID, area: str, reason: str, by: UUID, at: datetime) -> Act:
    """Return the act that opens an area."""
    return Act(act_id, subject_of(area), OPENING, reason, by, at)


def subject_of(area: str) -> str:
    """Return the subject of acts about an area."""
    return f"{_SUBJECT}{area}"


def area_in(subject: str) -> str:
    """Return the area of the subject of an act.

    Raises:
        Refused: the act is about something else.
    """
    if not subject.startswith(_SUBJECT):
        raise Refused("not_found")
    return subject.removeprefix(_SUBJECT)


def proposal_view(act: Act) -> OpeningProposal:
    """Return a proposal as the programme's staff see it."""
    is_waiting = act.approved_at is None and act.rejected_at is None
    return OpeningProposal(
        act_id=act.act_id,
        area=area_in(act.subject),
        reason=act.reason,
        proposed_by=act.proposed_by,
        proposed_at=act.proposed_at,
        state="waiting" if is_waiting else "approved" if act.approved_at else "rejected",
        rejected_because=act.rejected_because,
    )
