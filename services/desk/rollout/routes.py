"""Pages of areas: found, opened by two people, paused; and what was measured at a centre."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.places import find_place
from libs.contracts.centres import CentreDetails
from libs.contracts.language import Text
from libs.contracts.programme import AreaStage
from libs.contracts.rollout import (
    AreaDetails,
    MeasureKind,
    MeasureList,
    MeasureView,
    OpeningProposal,
    PauseArea,
    ProposeOpening,
    RecordMeasure,
    RolloutPage,
    Stops,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.forms import errors_of, number_in, search_in
from services.desk.staff.proposals import answer_proposal
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/programme/areas"
_PAGE: Final = "/programme/areas/{area}"
_MEASURES: Final = "/v1/programme/centres/{centre}/measures"
_CENTRE: Final = "/programme/centres/{centre}/measures"
_NUMBERS: Final[Mapping[MeasureKind, str]] = {"power_backup": "minutes", "devices": "count"}
_KINDS: Final[Sequence[MeasureKind]] = [kind for kind in get_args(MeasureKind) if kind != "line"]
_NO_NUMBER: Final = Text(bn="একটি পূর্ণ সংখ্যা লিখুন, যেমন ৬০।", en="Write a whole number, as 60.")


@routes.get("/programme/areas")
async def show_areas(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The districts, what is within an area, or what has some words in its name."""
    query = search_in(request, "within", "stage")
    if query["stage"] not in get_args(AreaStage):
        query["stage"] = None
    listed = await gateway.read(staff, RolloutPage, _API, query, personal=True)
    around = await _read(gateway, staff, query["within"]) if query["within"] else None
    return pages.show(request, "areas.html", listed=listed, query=query, around=around)


@routes.get(_PAGE)
async def show_area(
    area: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """An area: what it needs before it opens, who proposed that, and what happened."""
    return await _area(request, pages, gateway, staff, area, Posted())


@routes.post(f"{_PAGE}/openings")
async def propose_opening(
    area: str, request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Propose to open an area."""
    wanted = ProposeOpening.model_construct(reason=posted.text("reason"))
    path = path_of(f"{_API}/{{area}}/openings", area=area)
    try:
        await gateway.post(staff, path, wanted, model=OpeningProposal)
    except ApiProblem as failure:
        errors = errors_of(failure, "reason")
        return await _area(request, pages, gateway, staff, area, posted, failure, errors)
    return pages.go(request, path_of(_PAGE, area=area))


@routes.post(f"{_PAGE}/openings/{{act_id}}")
async def answer_opening(  # noqa: PLR0913
    area: str,
    act_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Open an area as another person has proposed, or say why not."""
    path = path_of("/v1/programme/openings/{act_id}", act_id=str(act_id))
    try:
        await answer_proposal(gateway, staff, path, posted, OpeningProposal)
    except ApiProblem as failure:
        errors = [PageError(f"rejection-{act_id}", failure.message)]
        return await _area(request, pages, gateway, staff, area, posted, failure, errors)
    return pages.go(request, path_of(_PAGE, area=area))


@routes.get(f"{_PAGE}/pause")
async def ask_to_pause(
    area: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show what a pause of an area stops, and ask why."""
    return await _pause(request, pages, gateway, staff, area, Posted())


@routes.post(f"{_PAGE}/pause")
async def pause_area(
    area: str, request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Pause an area, with the count that the page showed."""
    counted: dict[str, Any] = {
        name: number_in(posted.text(name), None) for name in ("areas", "centres")
    }
    stops = Stops.model_construct(**counted)
    wanted = PauseArea.model_construct(reason=posted.text("reason"), stops=stops)
    path = path_of(f"{_API}/{{area}}/pause", area=area)
    try:
        await gateway.post(staff, path, wanted, model=AreaDetails)
    except ApiProblem as failure:
        return await _pause(request, pages, gateway, staff, area, posted, failure)
    return pages.go(request, path_of(_PAGE, area=area))


@routes.get(_CENTRE)
async def show_measures(
    centre: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What was measured or tried at a centre, and a form for what somebody has seen."""
    return await _measures(request, pages, gateway, staff, centre, Posted())


@routes.post(_CENTRE)
async def record_measure(
    centre: str, request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Record what somebody has seen at a centre."""
    typed: dict[str, Any] = {name: posted.text(name) for name in ("kind", "day", "evidence")}
    needed = _NUMBERS.get(posted.text("kind"))  # type: ignore[call-overload]
    if needed is None:
        typed["passed"] = posted.text("passed") == "yes"
    else:
        typed[needed] = number_in(posted.text("number"), None)
        if typed[needed] is None:
            errors = [PageError("number", _NO_NUMBER.in_language(staff.language))]
            return await _measures(request, pages, gateway, staff, centre, posted, errors)
    wanted = RecordMeasure.model_construct(**typed)
    try:
        path = path_of(_MEASURES, centre=centre)
        await gateway.post(staff, path, wanted, model=MeasureView)
    except ApiProblem as failure:
        errors = errors_of(failure, "evidence")
        return await _measures(request, pages, gateway, staff, centre, posted, errors)
    return pages.go(request, path_of(_CENTRE, centre=centre))


async def _read(gateway: Gateway, staff: Visit, area: str) -> AreaDetails:
    path = path_of(f"{_API}/{{area}}", area=area)
    return await gateway.read(staff, AreaDetails, path, personal=True)


async def _area(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    area: str,
    typed: Posted,
    failure: ApiProblem | None = None,
    errors: Sequence[PageError] = (),
) -> Response:
    details = await _read(gateway, staff, area)
    around = find_place(details.summary.paused_with or "")
    return pages.show(
        request,
        "area.html",
        status=failure.problem.status if failure else 200,
        details=details,
        paused_with=Text(bn=around.name_bn, en=around.name_en) if around else None,
        typed=typed,
        errors=errors,
    )


async def _pause(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    area: str,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    return pages.show(
        request,
        "pause.html",
        status=failure.problem.status if failure else 200,
        details=await _read(gateway, staff, area),
        typed=typed,
        errors=errors_of(failure, "reason") if failure else [],
    )


async def _measures(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    centre_id: str,
    typed: Posted,
    errors: Sequence[PageError] = (),
) -> Response:
    path = path_of("/v1/centres/{id}", id=centre_id)
    query = {"after": request.query_params.get("after")}
    return pages.show(
        request,
        "measures.html",
        status=errors[0].status if errors else 200,
        centre=await gateway.read(staff, CentreDetails, path, personal=True),
        listed=await gateway.read(
            staff, MeasureList, path_of(_MEASURES, centre=centre_id), query, personal=True
        ),
        kinds=_KINDS,
        typed=typed,
        errors=errors,
    )
