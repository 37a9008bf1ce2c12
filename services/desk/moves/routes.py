"""The page of moves: count, start with the number, cancel."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.moves import MoveList, MoveView, PlanMove, StartMove
from libs.pages.errors import PageError
from libs.pages.formats import page_mark
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes
from services.desk.staff.forms import errors_of, number_in, typed_as, typed_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/operations/moves"
_FIELDS: Final = ("public_service_id", "on_day", "reason")
_NO_NUMBER: Final = -1


@routes.get("/moves")
async def show_moves(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The last moves with what they would do or have done, and the form that counts another one."""
    return await _list(request, staff, pages, gateway, {})


@routes.post("/moves")
async def plan(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Let the open applications be counted for which another office is responsible; move none."""
    wanted: Any = typed_as(PlanMove, posted, _FIELDS)
    try:
        await gateway.post(staff, _API, wanted, model=MoveView)
    except ApiProblem as failure:
        errors = errors_of(failure, _FIELDS[0])
        typed = typed_in(posted, _FIELDS)
        return await _list(request, staff, pages, gateway, typed, errors, failure.problem.status)
    return pages.go(request, "/moves")


@routes.post("/moves/{move_id}")
async def act_on_move(
    move_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Start a move with the number that a person has typed, or cancel it."""
    path = path_of(f"{_API}/{{id}}", id=str(move_id))
    try:
        if posted.text("action") == "cancel":
            await gateway.post(staff, f"{path}/cancellation", model=MoveView)
        else:
            wanted = StartMove.model_construct(
                expected=number_in(posted.text("expected"), _NO_NUMBER)
            )
            await gateway.post(staff, f"{path}/start", wanted, model=MoveView)
    except ApiProblem as failure:
        errors = [
            replace(error, place=f"expected-{move_id}") for error in errors_of(failure, "expected")
        ]
        return await _list(request, staff, pages, gateway, {}, errors, failure.problem.status)
    return pages.go(request, "/moves")


async def _list(  # noqa: PLR0913
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
    typed: Mapping[str, str],
    errors: list[PageError] | None = None,
    status: int = 200,
) -> Response:
    query = {"after": page_mark(request.query_params.get("after", "")), "limit": "10"}
    listed = await gateway.read(staff, MoveList, _API, query, personal=True)
    return pages.show(
        request, "moves.html", status=status, listed=listed, typed=typed, errors=errors or []
    )
