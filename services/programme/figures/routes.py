"""HTTP routes of figures, for those who lead."""

from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.programme import ProgrammeFigures
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.overview import Overview
from services.programme.figures import views
from services.programme.figures.latest import Latest
from services.programme.reminders import use_cases as reminders

_ROLES: Final = ("leadership", "programme")

routes = Routes()


@routes.get("/v1/programme/figures", roles=_ROLES)
async def read_programme_figures(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    overview: Overview,
    latest: Latest,
    clock: Clock,
) -> ProgrammeFigures:
    """Show the programme on one page, as events tell it (leadership, programme)."""
    now = clock.now()
    states = await bodies.read_states(tx, overview, dhaka_date(now))
    told = await reminders.read_last_told(tx, states)
    late = await reminders.read_late(tx, states)
    return views.figures(states, await latest.read(tx, now), told, late)
