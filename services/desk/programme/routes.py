"""Pages of the programme's staff: centres on the map and in a table, flags, uddoktas."""

from operator import attrgetter
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.geography import districts
from libs.bangladesh.map import WIDTH, borders, frame, place_of
from libs.contracts.accounts import ProposalList
from libs.contracts.mandates import (
    CentreFigures,
    CentreFiguresList,
    CloseFlag,
    ComplaintList,
    FlagList,
    FlagView,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.programme.places import read_centre_name
from services.desk.staff.forms import search_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
COLUMNS = ("name", "state", "uddoktas", "requested", "used", "revoked", "complaints", "open_flags")


@routes.get("/programme")
async def show_centres(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The centres on the map, and the same figures as a table that can be sorted."""
    query = search_in(request)
    figures = await gateway.read(
        staff, CentreFiguresList, "/v1/centres-figures", query, personal=True
    )
    waiting = await gateway.read(staff, ProposalList, "/v1/proposals", personal=True)
    sort = request.query_params.get("sort", "used")
    return pages.show(
        request,
        "programme.html",
        figures=_sorted(figures.items, sort),
        query=query,
        following=figures.next,
        waiting=waiting,
        sort=sort,
        columns=COLUMNS,
        names={district.code: district for district in districts()},
        place_of=place_of,
        borders=borders(),
        size=(round(WIDTH / 2), round(frame().height / 2)),
    )


@routes.get("/programme/flags")
async def show_flags(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show the flags that a person should look at."""
    after = request.query_params.get("after")
    flags, centres = await _list_flags(gateway, staff, after)
    return pages.show(
        request,
        "flags.html",
        listed=flags,
        centres=centres,
        after=after,
        typed=Posted(),
        at_flag=None,
        errors=[],
    )


@routes.post("/programme/flags/{flag_id}")
async def close_flag(
    flag_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Close a flag with the person's finding, and a complaint with an answer to the citizen."""
    typed: dict[str, Any] = {"outcome": posted.text("outcome")}
    if posted.text("answer"):
        typed["answer"] = posted.text("answer")
    wanted = CloseFlag.model_construct(**typed)
    try:
        await gateway.post(staff, f"/v1/flags/{flag_id}/closing", wanted, model=FlagView)
    except ApiProblem as failure:
        after = posted.text("after") or None
        flags, centres = await _list_flags(gateway, staff, after)
        of_answer = any(error.pointer == "/answer" for error in failure.problem.errors)
        place = f"answer-{flag_id}" if of_answer else f"outcome-{flag_id}"
        errors = [PageError(place, failure.message)]
        return pages.show(
            request,
            "flags.html",
            status=failure.problem.status,
            listed=flags,
            centres=centres,
            after=after,
            typed=posted,
            at_flag=flag_id,
            errors=errors,
        )
    return pages.go(request, "/programme/flags")


@routes.get("/programme/mandates/{mandate_id}/complaints")
async def show_complaints(
    mandate_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What a citizen complained about after a consent."""
    path = f"/v1/mandates/{mandate_id}/complaints"
    listed = await gateway.read(staff, ComplaintList, path, personal=True)
    return pages.show(request, "complaints.html", complaints=listed)


async def _list_flags(
    gateway: Gateway, staff: Visit, after: str | None
) -> tuple[FlagList, dict[str, str | None]]:
    """Return open flags, and the names of their centres by id."""
    flags = await gateway.read(staff, FlagList, "/v1/flags", {"after": after}, personal=True)
    centres = {flag.service_centre_id for flag in flags.items}
    return flags, {centre: await read_centre_name(gateway, staff, centre) for centre in centres}


def _sorted(figures: list[CentreFigures], sort: str) -> list[CentreFigures]:
    """Return the centres by a column, the largest number or the first name first."""
    if sort == "name":
        return sorted(figures, key=lambda centre: centre.name.en)
    column = sort if sort in COLUMNS else "used"
    is_number = column != "state"
    return sorted(figures, key=attrgetter(column), reverse=is_number)
