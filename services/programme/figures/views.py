"""Figures as the API shows them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from libs.contracts.programme import (
    BodyFigures,
    BodyProgress,
    LastTold,
    ProgrammeFigures,
    Progress,
    ProgressOfBody,
    Recount,
    ServiceProgress,
)
from services.programme.bodies import views as bodies
from services.programme.bodies.rules import BodyState
from services.programme.figures import sums
from services.programme.figures.latest import Counted

_MOST_OVERDUE: Final = 10


class PublicNumbers(NamedTuple):
    """What everybody may know of the applications for a public service in a week."""

    decided: int | None
    median_days: int | None


_UNKNOWN: Final = PublicNumbers(None, None)


def figures(
    states: Mapping[str, BodyState], counted: Counted, told: Sequence[LastTold]
) -> ProgrammeFigures:
    """Return the programme on one page."""
    overdue = bodies.page(states, "overdue", "", after=None, limit=_MOST_OVERDUE)
    return ProgrammeFigures(
        at=counted.at,
        counted_since=counted.since,
        bodies=of_bodies(states.values()),
        periods=sums.periods_of(counted.sums),
        recount=_recount(counted),
        most_overdue=overdue.items,
        told=[last for last in told if last.body in {body.body for body in overdue.items}],
    )


def progress(states: Mapping[str, BodyState], counted: Counted) -> Progress:
    """Return how far the programme is, for everybody."""
    shown = [_progress_of(state) for state in states.values() if state.owes_list]
    shown.sort(key=lambda body: (-body.live, -body.online, body.name.en))
    return Progress(
        at=counted.at, bodies=of_bodies(states.values()), recount=_recount(counted), items=shown
    )


def progress_of_body(
    state: BodyState, at: datetime, week_ends: date | None, published: Mapping[str, PublicNumbers]
) -> ProgressOfBody:
    """Return how far a body is, with its services, for everybody.

    Args:
        state: its state now.
        at: when it was read.
        week_ends: last day of the week that was published last; None before the first.
        published: what was published of it, by public service.
    """
    return ProgressOfBody(
        at=at,
        week_ends=week_ends,
        summary=_progress_of(state),
        connection=bodies.connection_view(state),
        public_services=[
            ServiceProgress(
                public_service_id=service.public_service_id,
                name=service.name,
                is_online=service.is_online,
                is_connected=service.is_connected,
                is_live=service.is_live,
                decided=numbers.decided,
                median_days=numbers.median_days,
            )
            for service in state.services
            for numbers in [published.get(service.public_service_id, _UNKNOWN)]
        ],
    )


def _recount(counted: Counted) -> Recount | None:
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


def _progress_of(state: BodyState) -> BodyProgress:
    return BodyProgress(
        body=state.body,
        name=bodies.name_of(state.body),
        services=len(state.services),
        online=state.online,
        connected=state.connected,
        live=state.live,
        target=state.target.state,
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
