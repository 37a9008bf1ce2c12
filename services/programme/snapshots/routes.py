"""HTTP routes of snapshots: open data for everybody, and the weeks of those who lead."""

from typing import Annotated, Final

from pydantic import BaseModel, Field
from starlette.responses import Response

from libs.contracts.bounds import Day
from libs.contracts.programme import ProgrammeFigures
from libs.contracts.snapshots import OpenDataIndex, SnapshotWeeks
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.snapshots import use_cases
from services.programme.snapshots.tables import LICENCE_ADDRESS

_ROLES: Final = ("leadership", "programme")
_WEEKS: Final = "/v1/programme/figures/weeks"
_YEAR_S: Final = 365 * 24 * 3600

Week = Annotated[Day, Field(description="Last day of a week, a Saturday", examples=["2026-06-27"])]
FileName = Annotated[str, Field(description="Name of a file of the week", examples=["bodies.csv"])]

routes = Routes()


class WeeksQuery(BaseModel):
    """Which weeks."""

    after: Annotated[Day | None, Field(description="`next` of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=53, description="Most weeks in one answer")] = 53


@routes.get(use_cases.ADDRESS, cached=True)
async def list_open_data(query: WeeksQuery, tx: Transaction) -> OpenDataIndex:
    """List the open data of the programme, with the licence and the addresses of its files.

    A file never changes at its address. Numbers from 1 to 4 are hidden, and others from which they
    would follow.
    """
    return await use_cases.read_index(tx, query.after, query.limit)


@routes.get(
    use_cases.ADDRESS + "/{week_ends}/{name}",
    problems=("not_found",),
    cached=True,
    headers={"cache-control": f"public, max-age={_YEAR_S}, immutable"},
    openapi={
        "responses": {
            "200": {
                "description": "The file, as it was published",
                "content": {
                    "text/csv": {"schema": {"type": "string"}},
                    "application/json": {"schema": {"type": "object"}},
                },
            }
        }
    },
)
async def read_open_data(week_ends: Week, name: FileName, tx: Transaction) -> Response:
    """Fetch a file of open data; it never changes.

    Raises:
        Refused: there is no such file.
    """
    content = await use_cases.read_file(tx, week_ends, name)
    return Response(
        content,
        media_type=use_cases.media_type(name),
        headers={
            "content-disposition": f'attachment; filename="nagorik-sheba-{week_ends}-{name}"',
            "link": f'<{LICENCE_ADDRESS}>; rel="license"',
        },
    )


@routes.get(_WEEKS, roles=_ROLES)
async def list_weeks(
    query: WeeksQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> SnapshotWeeks:
    """List the weeks of which there is a snapshot (leadership, programme)."""
    weeks, following = await use_cases.read_weeks(tx, query.after, query.limit)
    return SnapshotWeeks(items=weeks, next=following)


@routes.get(f"{_WEEKS}/{{week_ends}}", roles=_ROLES, problems=("not_found",))
async def read_figures_of_week(
    week_ends: Week,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> ProgrammeFigures:
    """Show the programme as it was at the end of a week; it never changes (leadership, programme).

    Raises:
        Refused: there is no snapshot of the week.
    """
    return await use_cases.read_figures(tx, week_ends)
