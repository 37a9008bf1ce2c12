"""Pages on which an operator connects a system that somebody wants to go live, or says why not.

Three steps, each of which may be repeated: the report is kept, where its signature is checked; the
system is connected by it; the wish is answered.
"""

from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.ministry_operations import ConnectionState
from libs.contracts.vendors import ReportList, ReportView
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.forms import errors_of
from services.desk.staff.proposals import answer_proposal
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/programme/going-live"
_CONNECTION: Final = "/v1/operations/connections/{id}"
_PAGE: Final = "/operations/going-live"
_OF_REPORT: Final = ("adapter", "address", "host_key", "file_format", "appeal_days")


class _Version(ConnectionState):
    """A version of a connection, with what it is."""

    connection: dict[str, Any]


class _Versions(BaseModel):
    """The versions of a connection, the newest first."""

    items: list[_Version]


class _SetConnection(BaseModel):
    """The connection by a report."""

    version: int
    connection: dict[str, Any]
    reason: str


@routes.get(_PAGE)
async def show_wishes(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The reports with which somebody asks for going live."""
    listed = await gateway.read(staff, ReportList, _API, personal=True)
    return pages.show(request, "going_live.html", listed=listed)


@routes.get(f"{_PAGE}/{{report_id}}")
async def show_wish(
    report_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A report, and forms to connect the system or to say why not."""
    return await _wish(request, pages, gateway, staff, report_id, Posted())


@routes.post(f"{_PAGE}/{{report_id}}")
async def answer_wish(
    report_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Connect the system, as the report has it, and say so; or say why not."""
    try:
        wish = await _read(gateway, staff, report_id)
        if posted.text("action") == "approve":
            await _connect(gateway, staff, wish)
        path = path_of(f"{_API}/{{act_id}}", act_id=str(wish.act_id))
        await answer_proposal(gateway, staff, path, posted, ReportView)
    except ApiProblem as failure:
        return await _wish(request, pages, gateway, staff, report_id, posted, failure)
    return pages.go(request, f"{_PAGE}/{report_id}")


async def _connect(gateway: Gateway, staff: Visit, wish: ReportView) -> None:
    """Keep the report, and connect the system by it; what else the connection has stays.

    Raises:
        ApiProblem: the platform did not sign the report, or somebody has changed the connection.
    """
    report = wish.report
    path = path_of(_CONNECTION, id=report.ministry)
    await gateway.do(staff, "POST", f"{path}/checks", report)
    newest = (await gateway.read(staff, _Versions, path, personal=True)).items[0]
    kept = {} if newest.is_default else newest.connection
    by_report = report.model_dump(include=set(_OF_REPORT))
    if report.appeal_days is None:  # it takes no objections, or not any more
        del by_report["appeal_days"]
        kept = {name: value for name, value in kept.items() if name != "appeal_days"}
    reason = f"report of {report.checked_at:%F}"
    wanted = _SetConnection(version=newest.version, connection=kept | by_report, reason=reason)
    await gateway.post(staff, path, wanted, model=ConnectionState)


async def _read(gateway: Gateway, staff: Visit, report_id: UUID) -> ReportView:
    path = path_of(f"{_API}/reports/{{id}}", id=str(report_id))
    return await gateway.read(staff, ReportView, path, personal=True)


async def _wish(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    report_id: UUID,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    return pages.show(
        request,
        "wish_to_go_live.html",
        status=failure.problem.status if failure else 200,
        wish=await _read(gateway, staff, report_id),
        typed=typed,
        errors=errors_of(failure, "rejection") if failure else [],
    )
