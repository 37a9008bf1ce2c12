"""Pages of areas: found, opened by two people, paused; and what was measured at a place."""

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
    OPEN_BEFORE_THE_GATE,
    PILOT_AREAS,
    WHY_OPEN_BEFORE,
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
from services.desk.staff.offices import names_of_offices
from services.desk.staff.proposals import answer_proposal, find_own
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/programme/areas"
_PAGE: Final = "/programme/areas/{area}"
_OWN: Final = "/office"
_CENTRE: Final = "/v1/programme/centres/{id}/measures"
_OFFICE: Final = "/v1/programme/offices/{id}/measures"
_OF_CENTRE: Final = "/programme/centres/{id}/measures"
_OF_OFFICE: Final = "/programme/offices/{id}/measures"
_NUMBERS: Final[Mapping[str, Mapping[str, str]]] = {
    "power_backup": {"minutes": "number"},
    "devices": {"count": "number"},
    "line": {"down_kbit_s": "number", "round_trip_ms": "round_trip_ms"},
}
"""The numbers of a kind, and the fields of the form in which they are typed."""

_KINDS: Final[Sequence[MeasureKind]] = get_args(MeasureKind)
_AT_OFFICES: Final = _KINDS[: _KINDS.index("premises") + 1]
_NO_NUMBER: Final[Mapping[str, Text]] = {
    "minutes": Text(
        bn="বিদ্যুৎ ছাড়া কত মিনিট, তা পূর্ণ সংখ্যায় লিখুন, যেমন ৬০।",
        en="Write the minutes without power as a whole number, as 60.",
    ),
    "count": Text(
        bn="কতটি যন্ত্র, তা পূর্ণ সংখ্যায় লিখুন, যেমন ২।",
        en="Write how many devices there are as a whole number, as 2.",
    ),
    "down_kbit_s": Text(
        bn="লাইনের কিলোবিট/সেকেন্ড পূর্ণ সংখ্যায় লিখুন, যেমন ৪০০০।",
        en="Write the kbit/s of the line as a whole number, as 4000.",
    ),
    "round_trip_ms": Text(
        bn="লাইনের যাওয়া-আসা মিলিসেকেন্ডে, পূর্ণ সংখ্যায় লিখুন, যেমন ৬০।",
        en="Write the round trip of the line, in milliseconds, as a whole number, as 60.",
    ),
}


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


@routes.get("/programme/centres/{centre}/measures")
async def show_measures(
    centre: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What was measured or tried at a centre, and a form for what somebody has seen."""
    return await _measures(
        request,
        pages,
        gateway,
        staff,
        path_of(_CENTRE, id=centre),
        path_of(_OF_CENTRE, id=centre),
        Posted(),
    )


@routes.post("/programme/centres/{centre}/measures")
async def record_measure(
    centre: str, request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Record what somebody has seen at a centre."""
    return await _record(
        request,
        pages,
        gateway,
        staff,
        path_of(_CENTRE, id=centre),
        path_of(_OF_CENTRE, id=centre),
        posted,
    )


@routes.get("/programme/offices/{office}/measures")
async def show_office_measures(
    office: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What was measured at an office, and a form for what somebody has seen."""
    return await _measures(
        request,
        pages,
        gateway,
        staff,
        path_of(_OFFICE, id=office),
        path_of(_OF_OFFICE, id=office),
        Posted(),
    )


@routes.post("/programme/offices/{office}/measures")
async def record_office_measure(
    office: str, request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Record what somebody has seen at an office."""
    return await _record(
        request,
        pages,
        gateway,
        staff,
        path_of(_OFFICE, id=office),
        path_of(_OF_OFFICE, id=office),
        posted,
    )


@routes.get(_OWN)
async def show_own_office(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What was measured at the office of an officer."""
    return await _measures(
        request, pages, gateway, staff, path_of(_OFFICE, id="own"), _OWN, Posted()
    )


@routes.post(_OWN)
async def record_at_own_office(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Record what an officer has seen at the own office."""
    return await _record(request, pages, gateway, staff, path_of(_OFFICE, id="own"), _OWN, posted)


async def _record(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    api: str,
    page: str,
    posted: Posted,
) -> Response:
    typed: dict[str, Any] = {name: posted.text(name) for name in ("kind", "day", "evidence")}
    numbers = _NUMBERS.get(posted.text("kind"))
    if numbers is None:
        typed["passed"] = posted.text("passed") == "yes"
    errors: list[PageError] = []
    for name, place in (numbers or {}).items():
        typed[name] = number_in(posted.text(place), None)
        if typed[name] is None:
            errors.append(PageError(place, _NO_NUMBER[name].in_language(staff.language)))
    if errors:
        return await _measures(request, pages, gateway, staff, api, page, posted, errors)
    wanted = RecordMeasure.model_construct(**typed)
    try:
        await gateway.post(staff, api, wanted, model=MeasureView)
    except ApiProblem as failure:
        errors = errors_of(failure, "evidence")
        return await _measures(request, pages, gateway, staff, api, page, posted, errors)
    return pages.go(request, page)


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
    named = [office.office_id for office in details.offices]
    return pages.show(
        request,
        "area.html",
        status=failure.problem.status if failure else 200,
        details=details,
        offices=await names_of_offices(gateway, staff, named),
        office_count=details.office_count,
        ran_before=area in OPEN_BEFORE_THE_GATE,
        is_pilot=area in PILOT_AREAS,
        why_open_before=WHY_OPEN_BEFORE,
        own=await find_own(gateway, staff, details.proposals),
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
    api: str,
    page: str,
    typed: Posted,
    errors: Sequence[PageError] = (),
) -> Response:
    query = {"after": request.query_params.get("after")}
    listed = await gateway.read(staff, MeasureList, api, query, personal=True)
    centre = None
    if page == path_of(_OF_CENTRE, id=listed.place):
        path = path_of("/v1/centres/{id}", id=listed.place)
        centre = await gateway.read(staff, CentreDetails, path, personal=True)
    offices = {} if centre else await names_of_offices(gateway, staff, [listed.place])
    return pages.show(
        request,
        "measures.html",
        status=errors[0].status if errors else 200,
        centre=centre,
        here=page,
        is_own=page == _OWN,
        name=centre.name if centre else offices.get(listed.place),
        listed=listed,
        kinds=[kind for kind in _KINDS if kind != "line"] if centre else _AT_OFFICES,
        typed=typed,
        errors=errors,
    )
