"""Figures as the API shows them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from libs.contracts.programme import (
    BodyFigures,
    LastTold,
    LateStep,
    ProgrammeFigures,
    Recount,
)
from services.programme.bodies import views as bodies
from services.programme.bodies.rules import BodyState
from services.programme.figures import sums
from services.programme.figures.latest import Counted

_MOST_OVERDUE: Final = 10


def figures(
    states: Mapping[str, BodyState],
    counted: Counted,
    told: Sequence[LastTold],
    late: Sequence[LateStep],
) -> ProgrammeFigures:
    """Return the programme on one page."""
    overdue = bodies.page(states, "overdue", "", after=None, limit=_MOST_OVERDUE)
    shown = {body.body for body in overdue.items}
    return ProgrammeFigures(
        at=counted.at,
        counted_since=counted.since,
        bodies=of_bodies(states.values()),
        periods=sums.periods_of(counted.sums),
        recount=recount(counted),
        most_overdue=overdue.items,
        assistance=list(counted.assistance),
        assistance_since=counted.assistance_since,
        told=[last for last in told if last.body in shown],
        late=[step for step in late if step.body in shown],
    )


def recount(counted: Counted) -> Recount | None:
    """Return how the recount compares; None while no day could be compared."""
    lost = counted.lost
    if lost.counted_at is None:
        return None
    return Recount(
        lost=lost.lost,
        counted_twice=lost.counted_twice,
        days=lost.days,
        counted_at=lost.counted_at,
    )


def of_bodies(states: Collection[BodyState]) -> BodyFigures:
    """Return where bodies are, summed up."""
    owing = [state for state in states if state.owes_list]
    return BodyFigures(
        owing=len(owing),
        listed=sum(state.listed is not None for state in owing),
        overdue=sum(state.overdue is not None for state in owing),
        not_asked=sum(all(step.due_on is None for step in state.steps.values()) for state in owing),
        target_reached=sum(state.target.state in {"reached", "below"} for state in owing),
        services=sum(len(state.services) for state in states),
        online=sum(state.online for state in states),
        connected=sum(state.connected for state in states),
        live=sum(state.live for state in states),
    )
