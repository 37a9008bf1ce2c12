"""Pages of changes of open cases to a later version: count, start with the number, progress."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.version_changes import (
    PlanVersionChange,
    StartVersionChange,
    VersionChangeList,
    VersionChangeView,
)
from libs.errors import Unavailable
from libs.pages.errors import PageError
from libs.pages.formats import page_mark
from libs.pages.gateway import ApiProblem, Gateway, LoginNeeded, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.forms import errors_of, number_in
from services.desk.staff.sessions import LiveVisit, StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/operations/version-changes"
_PLACES: Final[Mapping[str, str]] = {"workflow_version": "version", "reason": "reason"}
"""Names of the controls, by the names of the API."""
_NO_NUMBER: Final = -1


@routes.get("/version-changes")
async def show_changes(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The last changes, and the form that lets the cases of another one be counted."""
    typed = {"version": request.query_params.get("version", "")[:20]}
    return await _list(request, staff, pages, gateway, typed)


@routes.post("/version-changes")
async def plan(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Let the open cases be counted that a version would take over."""
    wanted = PlanVersionChange.model_construct(
        workflow_version=posted.text("version").strip().upper()[:20],
        reason=posted.text("reason")[:501],
    )
    try:
        change = await gateway.post(staff, _API, wanted, model=VersionChangeView)
    except ApiProblem as failure:
        return await _list(request, staff, pages, gateway, posted, failure)
    return pages.go(request, _page_of(change.change_id))


@routes.get("/version-changes/{change_id}")
async def show_change(
    change_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A change: what it would do or has done, step by step, and who may go on with it."""
    return await _change(request, staff, pages, gateway, change_id)


@routes.get("/version-changes/{change_id}/progress")
async def show_progress(
    change_id: UUID, request: Request, visit: LiveVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The part of a change's page that asks again by itself; what is not known says so."""
    try:
        change = await _read(gateway, visit, change_id)
    except (ApiProblem, LoginNeeded, Unavailable):
        change = None
    return pages.show(request, "version_change_progress.html", change=change, change_id=change_id)


@routes.post("/version-changes/{change_id}")
async def act_on_change(
    change_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Start a change with the number that a person has typed, or cancel it."""
    path = path_of(f"{_API}/{{id}}", id=str(change_id))
    try:
        if posted.text("action") == "cancel":
            await gateway.post(staff, f"{path}/cancellation", model=VersionChangeView)
        else:
            wanted = StartVersionChange.model_construct(
                expected=number_in(posted.text("expected"), _NO_NUMBER)
            )
            await gateway.post(staff, f"{path}/start", wanted, model=VersionChangeView)
    except ApiProblem as failure:
        return await _change(request, staff, pages, gateway, change_id, failure)
    return pages.go(request, _page_of(change_id))


async def _list(
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
    typed: Mapping[str, str],
    failure: ApiProblem | None = None,
) -> Response:
    query = {"after": page_mark(request.query_params.get("after", "")), "limit": "25"}
    listed = await gateway.read(staff, VersionChangeList, _API, query, personal=True)
    return pages.show(
        request,
        "version_changes.html",
        status=failure.problem.status if failure else 200,
        listed=listed,
        typed=typed,
        errors=_errors(failure, "version") if failure else [],
    )


async def _change(
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
    change_id: UUID,
    failure: ApiProblem | None = None,
) -> Response:
    return pages.show(
        request,
        "version_change.html",
        status=failure.problem.status if failure else 200,
        change=await _read(gateway, staff, change_id),
        errors=_errors(failure, "expected") if failure else [],
    )


async def _read(gateway: Gateway, visit: Visit, change_id: UUID) -> VersionChangeView:
    path = path_of(f"{_API}/{{id}}", id=str(change_id))
    return await gateway.read(visit, VersionChangeView, path, personal=True)


def _errors(failure: ApiProblem, place: str) -> list[PageError]:
    """Return what is wrong with the control that it is about; else with this one."""
    return [
        replace(error, place=_PLACES.get(error.place, place)) for error in errors_of(failure, place)
    ]


def _page_of(change_id: UUID) -> str:
    return path_of("/version-changes/{id}", id=str(change_id))
