"""Pages of uddoktas: found, measures by two people, licence and centre."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.centres import (
    CentreList,
    ProposeSanction,
    SanctionList,
    SanctionView,
    UddoktaList,
    UddoktaView,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.programme.places import read_centre_name
from services.desk.staff.forms import errors_of, search_in, typed_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_LICENCE = ("licence_until",)


@routes.get("/programme/uddoktas")
async def show_uddoktas(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The uddoktas of all centres or of one, by words."""
    query = search_in(request, "centre")
    listed = await gateway.read(staff, UddoktaList, "/v1/uddoktas", query, personal=True)
    of_one = await read_centre_name(gateway, staff, query["centre"]) if query["centre"] else None
    return pages.show(request, "uddoktas.html", listed=listed, query=query, of_one=of_one)


@routes.get("/programme/uddoktas/{uddokta_id}")
async def show_uddokta(
    uddokta_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """An uddokta: licence and centre; propose a measure, or approve another person's proposal."""
    after = request.query_params.get("after")
    return await _uddokta(request, staff, pages, gateway, uddokta_id, Posted(), after=after)


@routes.post("/programme/uddoktas/{uddokta_id}")
async def sanction(
    uddokta_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Propose a sanction; the form of its answer leads to the page of proposals."""
    try:
        typed: dict[str, Any] = {name: posted.text(name) for name in ("kind", "reason")}
        wanted = ProposeSanction.model_construct(**typed)
        path = f"/v1/uddoktas/{uddokta_id}/sanctions"
        await gateway.post(staff, path, wanted, model=SanctionView)
    except ApiProblem as failure:
        return await _uddokta(request, staff, pages, gateway, uddokta_id, posted, failure)
    return pages.go(request, f"/programme/uddoktas/{uddokta_id}")


@routes.get("/programme/uddoktas/{uddokta_id}/licence")
async def ask_for_licence(
    uddokta_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask until when the licence holds."""
    uddokta = await _read(gateway, staff, uddokta_id)
    typed = {name: str(getattr(uddokta, name)) for name in _LICENCE}
    return pages.show(request, "licence.html", uddokta=uddokta, typed=typed, errors=[])


@routes.post("/programme/uddoktas/{uddokta_id}/licence")
async def renew_licence(
    uddokta_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Set until when the licence holds."""
    try:
        body, path = typed_in(posted, _LICENCE), f"/v1/uddoktas/{uddokta_id}/licence"
        await gateway.replace(staff, path, body, model=UddoktaView)
    except ApiProblem as failure:
        return pages.show(
            request,
            "licence.html",
            status=failure.problem.status,
            uddokta=await _read(gateway, staff, uddokta_id),
            typed=posted,
            errors=errors_of(failure, "licence_until"),
        )
    return pages.go(request, f"/programme/uddoktas/{uddokta_id}")


@routes.get("/programme/uddoktas/{uddokta_id}/centre")
async def ask_for_centre(
    uddokta_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask at which centre an uddokta works from now on."""
    return await _move(request, staff, pages, gateway, uddokta_id)


@routes.post("/programme/uddoktas/{uddokta_id}/centre")
async def move_uddokta(
    uddokta_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Let an uddokta work at another centre, who logs in again for it."""
    try:
        body, path = typed_in(posted, ("service_centre_id",)), f"/v1/uddoktas/{uddokta_id}/centre"
        await gateway.replace(staff, path, body, model=UddoktaView)
    except ApiProblem as failure:
        return await _move(request, staff, pages, gateway, uddokta_id, failure)
    return pages.go(request, f"/programme/uddoktas/{uddokta_id}")


async def _read(gateway: Gateway, staff: Visit, uddokta_id: UUID) -> UddoktaView:
    return await gateway.read(staff, UddoktaView, f"/v1/uddoktas/{uddokta_id}", personal=True)


async def _uddokta(  # noqa: PLR0913
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    uddokta_id: UUID,
    typed: Posted,
    failure: ApiProblem | None = None,
    *,
    after: str | None = None,
) -> Response:
    uddokta = await _read(gateway, staff, uddokta_id)
    name = await read_centre_name(gateway, staff, uddokta.service_centre_id)
    path = f"/v1/uddoktas/{uddokta_id}/sanctions"
    listed = await gateway.read(staff, SanctionList, path, {"after": after}, personal=True)
    return pages.show(
        request,
        "uddokta.html",
        status=failure.problem.status if failure else 200,
        uddokta=uddokta,
        centre=name or uddokta.service_centre_id,
        listed=listed,
        typed=typed,
        errors=[PageError("reason", failure.message)] if failure else [],
    )


async def _move(
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    uddokta_id: UUID,
    failure: ApiProblem | None = None,
) -> Response:
    uddokta, query = await _read(gateway, staff, uddokta_id), search_in(request)
    found = await gateway.read(staff, CentreList, "/v1/centres", query)
    others = [
        centre for centre in found.items if centre.service_centre_id != uddokta.service_centre_id
    ]
    return pages.show(
        request,
        "move.html",
        status=failure.problem.status if failure else 200,
        uddokta=uddokta,
        centres=others,
        query=query,
        following=found.next,
        errors=errors_of(failure, "service_centre_id") if failure else [],
    )
