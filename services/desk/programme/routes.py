"""Pages of the programme's staff: centres on the map and in a table, flags, uddoktas."""

from collections import Counter
from operator import attrgetter
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.geography import districts
from libs.contracts.accounts import ProposalList
from libs.contracts.centres import ProposeSanction, SanctionList, SanctionView, UddoktaList
from libs.contracts.mandates import CentreFigures, CentreFiguresList, CloseFlag, FlagList, FlagView
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.programme import map as drawing
from services.desk.programme.account_routes import read_centre_names
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
COLUMNS = ("name", "state", "uddoktas", "requested", "used", "revoked", "complaints", "open_flags")


@routes.get("/programme")
async def show_centres(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The centres on the map, and the same figures as a table that can be sorted."""
    figures = await gateway.read(staff, CentreFiguresList, "/v1/centres-figures", personal=True)
    waiting = await gateway.read(staff, ProposalList, "/v1/proposals", personal=True)
    sort = request.query_params.get("sort", "used")
    used_by_district = Counter({centre.district: 0 for centre in figures.items})
    for centre in figures.items:
        used_by_district[centre.district] += centre.used
    return pages.show(
        request,
        "programme.html",
        figures=_sorted(figures.items, sort),
        waiting=waiting,
        sort=sort,
        columns=COLUMNS,
        districts=drawing.shapes("districts"),
        upazilas=drawing.shapes("upazilas"),
        names={district.code: district for district in districts()},
        of_districts=used_by_district,
        place_of=drawing.place_of,
        near=drawing.near(centre.area for centre in figures.items),
        width=drawing.WIDTH,
        height=drawing.frame().height,
    )


@routes.get("/programme/flags")
async def show_flags(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show the flags that a person should look at."""
    after = request.query_params.get("after")
    flags = await _list_flags(gateway, staff, after)
    return pages.show(request, "flags.html", listed=flags, after=after, errors=[])


@routes.post("/programme/flags/{flag_id}")
async def close_flag(
    flag_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Close a flag with the person's finding."""
    wanted = CloseFlag.model_construct(outcome=posted.text("outcome"))
    try:
        await gateway.post(staff, f"/v1/flags/{flag_id}/closing", wanted, model=FlagView)
    except ApiProblem as failure:
        after = posted.text("after") or None
        flags = await _list_flags(gateway, staff, after)
        errors = [PageError(f"outcome-{flag_id}", failure.message)]
        return pages.show(
            request,
            "flags.html",
            status=failure.problem.status,
            listed=flags,
            after=after,
            errors=errors,
        )
    return pages.go(request, "/programme/flags")


@routes.get("/programme/uddoktas")
async def show_uddoktas(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The uddoktas of all centres."""
    listed = await gateway.read(staff, UddoktaList, "/v1/uddoktas", personal=True)
    names = await read_centre_names(gateway, staff)
    return pages.show(request, "uddoktas.html", uddoktas=listed.items, centres=names)


@routes.get("/programme/uddoktas/{uddokta_id}")
async def show_sanctions(
    uddokta_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show the sanctions of an uddokta; propose one, or approve another person's proposal."""
    path = f"/v1/uddoktas/{uddokta_id}/sanctions"
    query = {"after": request.query_params.get("after")}
    listed = await gateway.read(staff, SanctionList, path, query, personal=True)
    return pages.show(
        request,
        "sanctions.html",
        **await _who_is(gateway, staff, uddokta_id),
        listed=listed,
        typed=Posted(),
        errors=[],
    )


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
    path = f"/v1/uddoktas/{uddokta_id}/sanctions"
    try:
        typed: dict[str, Any] = {name: posted.text(name) for name in ("kind", "reason")}
        wanted = ProposeSanction.model_construct(**typed)
        await gateway.post(staff, path, wanted, model=SanctionView)
    except ApiProblem as failure:
        listed = await gateway.read(staff, SanctionList, path, personal=True)
        return pages.show(
            request,
            "sanctions.html",
            status=failure.problem.status,
            **await _who_is(gateway, staff, uddokta_id),
            listed=listed,
            typed=posted,
            errors=[PageError("reason", failure.message)],
        )
    return pages.go(request, f"/programme/uddoktas/{uddokta_id}")


async def _who_is(gateway: Gateway, staff: Visit, uddokta_id: UUID) -> dict[str, Any]:
    """Return the name of an uddokta for a page; None if there is no such account any more."""
    listed = await gateway.read(staff, UddoktaList, "/v1/uddoktas", personal=True)
    uddokta = next((uddokta for uddokta in listed.items if uddokta.uddokta_id == uddokta_id), None)
    names = await read_centre_names(gateway, staff)
    centre = uddokta and names.get(uddokta.service_centre_id, uddokta.service_centre_id)
    return {"uddokta_id": uddokta_id, "uddokta": uddokta, "centre": centre}


async def _list_flags(gateway: Gateway, staff: Visit, after: str | None) -> FlagList:
    return await gateway.read(staff, FlagList, "/v1/flags", {"after": after}, personal=True)


def _sorted(figures: list[CentreFigures], sort: str) -> list[CentreFigures]:
    """Return the centres by a column, the largest number or the first name first."""
    if sort == "name":
        return sorted(figures, key=lambda centre: centre.name.en)
    column = sort if sort in COLUMNS else "used"
    is_number = column != "state"
    return sorted(figures, key=attrgetter(column), reverse=is_number)
