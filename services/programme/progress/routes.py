"""HTTP routes of progress, for everybody."""

from typing import Annotated

from pydantic import Field

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.programme import Progress, ProgressOfBody
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.handling.routes import Routes
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.overview import Overview
from services.programme.figures.latest import Latest
from services.programme.progress import views
from services.programme.snapshots import use_cases as snapshots

BodyId = Annotated[str, Field(description="Id of the body", examples=["mopa"])]

routes = Routes()


@routes.get("/v1/progress")
async def read_progress(
    tx: Transaction, overview: Overview, latest: Latest, clock: Clock
) -> Progress:
    """How far the programme is."""
    now = clock.now()
    states = await bodies.read_states(tx, overview, dhaka_date(now))
    return views.progress(states, await latest.read(tx, now))


@routes.get("/v1/progress/{body}", problems=("body_not_found",))
async def read_progress_of_body(
    body: BodyId, tx: Transaction, overview: Overview, clock: Clock
) -> ProgressOfBody:
    """How far a ministry, division or office is, with its public services.

    Numbers of applications are those of the week that was published last, so that nobody can
    subtract those of yesterday from those of today.

    Raises:
        Refused: there is no such body.
    """
    if body not in bodies_by_id():
        raise Refused("body_not_found")
    now = clock.now()
    states = await bodies.read_states(tx, overview, dhaka_date(now))
    week_ends, published = await snapshots.read_services(tx)
    return views.progress_of_body(states[body], now, week_ends, published)
