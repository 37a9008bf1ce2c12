"""Pages of those who lead: where the programme is, where it was each week, and a file to send."""

from collections import Counter
from datetime import date
from http.client import NOT_FOUND
from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.programme import ProgrammeFigures
from libs.contracts.snapshots import SnapshotWeeks
from libs.contracts.stuck import StuckPage
from libs.grievances import GRIEVANCE
from libs.pages.forms.filling import read_service
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_NOW: Final = "/v1/programme/figures"
_WEEKS: Final = "/v1/programme/figures/weeks"

Week = Annotated[date, Field(description="Last day of a week")]


@routes.get("/leadership")
async def show_leadership(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Bodies, citizens and trust on one page, and the ten that are most overdue."""
    found = await _read(gateway, staff, None)
    return pages.show(request, "leadership.html", found=found, week_ends=None, as_file=False)


@routes.get("/leadership/stuck")
async def show_stuck(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What is stuck: where, since when, and with whom."""
    found = await gateway.read(staff, StuckPage, "/v1/programme/stuck", personal=True)
    kind = request.query_params.get("kind", "")
    rows = [row for row in found.items if kind in {"", row.kind}]
    counts = Counter(row.kind for row in found.items)
    return pages.show(
        request,
        "stuck.html",
        found=found,
        rows=rows,
        kind=kind,
        counts=counts,
        is_grieved=await _takes_grievances(gateway, staff),
        makes_offices="programme" in staff.session.get("roles", ()),
    )


@routes.get("/leadership/weeks")
async def show_weeks(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The weeks of which the page was kept."""
    query = {"after": request.query_params.get("after")}
    weeks = await gateway.read(staff, SnapshotWeeks, _WEEKS, query, personal=True)
    return pages.show(request, "leadership_weeks.html", weeks=weeks)


@routes.get("/leadership/weeks/{week_ends}")
async def show_week(
    week_ends: Week, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The page as it was at the end of a week."""
    found = await _read(gateway, staff, str(week_ends))
    return pages.show(request, "leadership.html", found=found, week_ends=week_ends, as_file=False)


@routes.get("/leadership/file")
async def download_leadership(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The page of now or of a week as one file, to send and to print; it needs no login."""
    week = request.query_params.get("week")
    found = await _read(gateway, staff, week)
    week_ends = date.fromisoformat(week) if week else None
    answer = pages.show(
        request, "leadership_file.html", found=found, week_ends=week_ends, as_file=True
    )
    name = f"nagorik-sheba-{week or found.at.date()}.html"
    answer.headers["content-disposition"] = f'attachment; filename="{name}"'
    return answer


async def _takes_grievances(gateway: Gateway, staff: Visit) -> bool:
    """Whether grievances are taken on this platform.

    Raises:
        ApiProblem: it is not known now.
    """
    try:
        return (await read_service(gateway, staff, GRIEVANCE)).open
    except ApiProblem as failure:
        if failure.problem.status != NOT_FOUND:
            raise
        return False


async def _read(gateway: Gateway, staff: Visit, week: str | None) -> ProgrammeFigures:
    if week is None:
        return await gateway.read(staff, ProgrammeFigures, _NOW, personal=True)
    path = path_of("/v1/programme/figures/weeks/{week}", week=week)
    return await gateway.read(staff, ProgrammeFigures, path, personal=True)
