"""How far bodies are, as the API shows it to everybody."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from libs.contracts.programme import BodyProgress, Progress, ProgressOfBody, ServiceProgress
from services.programme.bodies import views as bodies
from services.programme.bodies.rules import BodyState
from services.programme.figures import views as figures
from services.programme.figures.latest import Counted
from services.programme.snapshots.tables import PublicNumbers

_UNKNOWN: Final = PublicNumbers(None, None)


def progress(states: Mapping[str, BodyState], counted: Counted) -> Progress:
    """Return how far the programme is, for everybody."""
    shown = [_progress_of(state) for state in states.values() if state.owes_list]
    shown.sort(key=lambda body: (-body.live, -body.online, body.name.en))
    return Progress(
        at=counted.at,
        bodies=figures.of_bodies(states.values()),
        recount=figures.recount(counted),
        items=shown,
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
