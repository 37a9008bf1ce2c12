"""Pages of a focal point about the own system: its checks, its outages, and its hours."""

from typing import Any, Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.calendar import moment_in
from libs.contracts.own_system import AnnounceOutage, OwnAvailability
from libs.contracts.programme import BodyDetails
from libs.contracts.vendors import ReportList, ReportView
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.forms import both_languages
from services.desk.staff.sessions import StaffVisit
from services.desk.vendors.reports import errors_with_report, report_in

routes = Routes(public=False)

_PAGE: Final = "/own/system"
_API: Final = "/v1/own-system"
_REPORTS: Final = "/v1/programme/own/reports"
_SIGNATURES: Final = "/v1/report-signatures"
_DAYS: Final = (7, 1, 2, 3, 4, 5, 6)
"""Of the week, beginning with Sunday, as offices do."""


@routes.get(_PAGE)
async def show_own_system(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The own system: what its checks have found, planned outages, and hours."""
    return await _page(request, pages, gateway, staff, Posted())


@routes.post(f"{_PAGE}/reports")
async def hand_in_own_report(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Hand in the report of a check; a passed one asks for going live."""
    try:
        report = report_in(posted)
        await gateway.do(staff, "POST", _SIGNATURES, report)
        await gateway.post(staff, _REPORTS, report, model=ReportView)
    except ApiProblem as failure:
        return await _page(request, pages, gateway, staff, posted, failure, "report")
    return pages.go(request, _PAGE)


@routes.post(f"{_PAGE}/outages")
async def announce_outage(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Announce an outage, or cancel one."""
    try:
        if outage_id := posted.text("outage_id"):
            path = path_of(f"{_API}/outages/{{id}}", id=outage_id)
            await gateway.take_back(staff, path, model=OwnAvailability)
        else:
            wanted = _outage_in(posted)
            await gateway.post(staff, f"{_API}/outages", wanted, model=OwnAvailability)
    except ApiProblem as failure:
        return await _page(request, pages, gateway, staff, posted, failure, "starts_at")
    return pages.go(request, _PAGE)


@routes.post(f"{_PAGE}/hours")
async def set_hours(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Set the hours in which the system takes applications; or let it take them at any time."""
    try:
        if posted.text("action") == "any_time":
            await gateway.take_back(staff, f"{_API}/hours", model=OwnAvailability)
        else:
            hours = {
                "days": [day for day in _DAYS if posted.get(f"day-{day}")],
                "opens_at": posted.text("opens_at"),
                "closes_at": posted.text("closes_at"),
            }
            await gateway.replace(staff, f"{_API}/hours", hours, model=OwnAvailability)
    except ApiProblem as failure:
        return await _page(request, pages, gateway, staff, posted, failure, "opens_at")
    return pages.go(request, _PAGE)


def _outage_in(posted: Posted) -> BaseModel:
    """Return the outage as the API takes it; a time that is none is not sent."""
    typed: dict[str, Any] = {}
    for name in ("starts_at", "ends_at"):
        if (at := moment_in(posted.text(name))) is not None:
            typed[name] = at
    if reason := both_languages(posted, "reason"):
        typed["reason"] = {"bn": "", "en": ""} | reason
    return AnnounceOutage.model_construct(**typed)


async def _page(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    typed: Posted,
    failure: ApiProblem | None = None,
    place: str = "report",
) -> Response:
    found = await gateway.read(staff, OwnAvailability, _API, personal=True)
    details = await gateway.read(staff, BodyDetails, "/v1/programme/own", personal=True)
    reports = await gateway.read(staff, ReportList, _REPORTS, personal=True)
    return pages.show(
        request,
        "own_system.html",
        status=failure.problem.status if failure else 200,
        found=found,
        details=details,
        reports=reports.items,
        days=_DAYS,
        typed=typed or _typed_before(found),
        errors=errors_with_report(failure, place, staff.language) if failure else [],
    )


def _typed_before(found: OwnAvailability) -> dict[str, str]:
    """Return what the form of the hours begins with."""
    if found.hours is None:
        return {}
    days = {f"day-{day}": "yes" for day in found.hours.days}
    opens, closes = f"{found.hours.opens_at:%H:%M}", f"{found.hours.closes_at:%H:%M}"
    return days | {"opens_at": opens, "closes_at": closes}
