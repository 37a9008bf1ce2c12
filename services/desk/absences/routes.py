"""Pages of absences: the own ones of an officer, and those of any officer for the programme."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.absences import AbsenceRecorded, AbsencesPage, RecordAbsence
from libs.contracts.offices import OfficerView
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes
from services.desk.staff.forms import errors_of, typed_as
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_API: Final = "/v1/absences"
_FIELDS: Final = ("since", "until", "deputy_id", "reason")
_OF_OFFICER: Final = "/programme/officers/{officer_id}/absences"


@routes.get("/absences")
async def show_own(request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway) -> Response:
    """When I am away, who stands in, and for whom I stand in."""
    return await _page(request, staff, pages, gateway)


@routes.post("/absences")
async def record_own(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Record that I am away, and who stands in."""
    wanted = typed_as(RecordAbsence, posted, _FIELDS)
    try:
        await gateway.post(staff, _API, wanted, model=AbsenceRecorded)
    except ApiProblem as failure:
        errors = errors_of(failure, "since")
        return await _page(request, staff, pages, gateway, errors=errors, typed=posted)
    staff.keep(done=True)
    return pages.go(request, "/absences")


@routes.post("/absences/{absence_id}/end")
async def end_own(
    absence_id: UUID,
    request: Request,
    _posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """End my absence now: the deputy acts no more."""
    await gateway.do(staff, "DELETE", f"/v1/absences/{absence_id}")
    staff.keep(done=True)
    return pages.go(request, "/absences")


@routes.get(_OF_OFFICER)
async def show_officers(
    officer_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """When an officer is away, and who stands in."""
    return await _page(request, staff, pages, gateway, officer_id)


@routes.post(_OF_OFFICER)
async def propose(
    officer_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Propose an absence of an officer with a deputy; a second person approves it."""
    wanted = typed_as(RecordAbsence, posted, _FIELDS, officer_id=officer_id)
    try:
        await gateway.post(staff, _API, wanted, model=AbsenceRecorded)
    except ApiProblem as failure:
        errors = errors_of(failure, "since")
        return await _page(request, staff, pages, gateway, officer_id, errors, posted)
    return pages.go(request, "/programme/proposals")


@routes.post(f"{_OF_OFFICER}/{{absence_id}}/end")
async def end(
    officer_id: UUID,
    absence_id: UUID,
    request: Request,
    _posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """End an absence of an officer now: the deputy acts no more."""
    await gateway.do(staff, "DELETE", f"/v1/absences/{absence_id}")
    staff.keep(done=True)
    return pages.go(request, path_of(_OF_OFFICER, officer_id=str(officer_id)))


async def _page(  # noqa: PLR0913
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
    officer_id: UUID | None = None,
    errors: Sequence[PageError] = (),
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    query = {"officer_id": str(officer_id) if officer_id else None}
    found = await gateway.read(staff, AbsencesPage, _API, query, personal=True)
    username = None
    if officer_id is not None:
        path = f"/v1/officers/{officer_id}"
        username = (await gateway.read(staff, OfficerView, path, personal=True)).username
    return pages.show(
        request,
        "absences.html",
        status=422 if errors else 200,
        found=found,
        officer_id=officer_id,
        username=username,
        choices=[(str(one.officer_id), one.username) for one in found.colleagues],
        done=staff.take("done"),
        typed=typed,
        errors=errors,
    )
