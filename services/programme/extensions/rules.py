"""Which extensions can be proposed and approved."""

from datetime import date, datetime
from typing import Final, get_args
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import ProposeExtension, Step
from libs.errors import Refused
from libs.two_people.rules import Act
from services.programme.bodies.facts import Extension
from services.programme.bodies.rules import BodyState

MOST: Final = 2
"""Extensions of a step of a body."""

_SUBJECT: Final = "steps of "


def subject_of(body: str) -> str:
    """Return the subject of acts about steps of a body."""
    return f"{_SUBJECT}{body}"


def body_in(subject: str) -> str:
    """Return the body of the subject of an act.

    Raises:
        Refused: the act is about something else.
    """
    if not subject.startswith(_SUBJECT):
        raise Refused("not_found")
    return subject.removeprefix(_SUBJECT)


def proposal(act_id: UUID, body: str, wanted: ProposeExtension, by: UUID, at: datetime) -> Act:
    """Return the act that gives a body longer for a step."""
    kind = f"{wanted.step} {wanted.due_on}"
    return Act(act_id, subject_of(body), kind, wanted.reason, by, at)


def extension_of(act: Act) -> Extension:
    """Return what an act gives, from the day of its approval; of its proposal while it waits."""
    step, _, due_on = act.kind.partition(" ")
    (known,) = (name for name in get_args(Step) if name == step)
    day = dhaka_date(act.approved_at or act.proposed_at)
    return Extension(body_in(act.subject), known, date.fromisoformat(due_on), day)


def check(wanted: Extension, state: BodyState) -> None:
    """Check that a body can get longer for a step.

    Raises:
        Refused: nobody asked it for the step, the step is done, it has had two extensions, or the
            day is not later than the one that holds, and than today.
    """
    step = state.steps[wanted.step]
    if state.replaced_by is not None or step.due_on is None or step.done_on is not None:
        raise Refused("extension_of_nothing", pointer="/step")
    if step.extensions >= MOST:
        raise Refused("extended_twice", pointer="/step")
    if wanted.due_on <= max(step.due_on, state.today):
        raise Refused("extension_not_later", pointer="/due_on")
