"""Pages of offices and of the officers who work there."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, get_args
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import Body, bodies, bodies_by_id
from libs.bangladesh.geography import districts
from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.catalogue import OfficeKind
from libs.contracts.language import Text
from libs.contracts.offices import (
    DutyList,
    DutyProposed,
    OfficeList,
    OfficerList,
    OfficerView,
    OfficeState,
    OfficeView,
    ProposeDuty,
)
from libs.grievances import ANSWERING
from libs.pages.confirmations import Confirmation, ask_to_confirm
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.programme.places import (
    areas_of_office,
    by_name,
    district_of,
    find_offices,
    read_office_names,
)
from services.desk.staff.forms import both_languages, errors_of, search_in, typed_as, typed_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_PAGE: Final = "/programme/offices/{id}"
_API: Final = "/v1/offices/{id}"
_FIELDS: Final = ("kind", "ministry", "area", "state", "population_source")
_SAVED: Final = "office_saved"
_AREAS: Final = "areas"
"""The button that shows the areas of another district, with all that was typed."""
_TAKEN: Final = Text(
    bn="এই আইডির একটি কার্যালয় আছে। অন্য আইডি দিন, বা সেই কার্যালয়টি বদলান।",
    en="There is an office with this id. Choose another one, or change that office.",
)
_MISSING: Final = Text(
    bn="যে নামে আবেদন পাঠানোর নিয়মে কার্যালয়টি লেখা আছে, তা লিখুন।",
    en="Write the id by which the rules for applications name the office.",
)
_NO_AREA: Final = Text(
    bn="জেলা বেছেছেন, এলাকা নয়। “এই জেলার এলাকা দেখান” চাপুন ও একটি এলাকা বেছে নিন। সারা দেশের "
    "কার্যালয় হলে জেলা খালি রাখুন।",
    en="You chose a district and no area. Press “Show the areas of this district” and choose one. "
    "For an office of the whole country leave the district empty.",
)
_NO_NUMBER: Final = Text(
    bn="মানুষের সংখ্যা পূর্ণ সংখ্যায় লিখুন, বা খালি রাখুন।",
    en="Write the number of people as a whole number, or leave it empty.",
)


@routes.get("/programme/offices")
async def show_offices(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The offices where officers work, by words."""
    query = search_in(request)
    listed = await gateway.read(staff, OfficeList, "/v1/offices", query, personal=True)
    names = dict(_ministries(staff))
    return pages.show(request, "offices.html", listed=listed, query=query, ministries=names)


@routes.get("/programme/offices/new")
async def ask_for_office(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask for all that a new office needs; its area is chosen within a district.

    Of the office that answers the grievances of a body much is known; one that is there is shown.
    """
    body = bodies_by_id().get(request.query_params.get("grievances", ""))
    typed = Posted()
    if body is not None:
        typed = _of_grievances(body)
        if await _find(gateway, staff, typed["office_id"]):
            return pages.go(request, path_of(_PAGE, id=typed["office_id"]))
    return _form(request, pages, staff, typed, district=request.query_params.get("district"))


@routes.post("/programme/offices/new")
async def make_office(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Make an office; one that is there stays as it is."""
    if posted.get(_AREAS):
        return _form(request, pages, staff, posted)
    office_id = posted.text("office_id")[:61]
    if office_id and await _find(gateway, staff, office_id):
        taken = [PageError("office_id", _TAKEN.in_language(staff.language))]
        return _form(request, pages, staff, posted, errors=taken)
    errors = await _put(gateway, staff, office_id or "-", posted, "office_id")
    if not office_id:
        missing = PageError("office_id", _MISSING.in_language(staff.language))
        errors = [missing, *(error for error in errors if error.place != "office_id")]
    if errors:
        return _form(request, pages, staff, posted, errors=errors)
    staff.keep(**{_SAVED: True})
    return pages.go(request, path_of(_PAGE, id=office_id))


@routes.get("/programme/offices/{office_id}")
async def show_office(
    office_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """An office, and what can be changed about it."""
    office = await gateway.read(staff, OfficeView, path_of(_API, id=office_id), personal=True)
    district = request.query_params.get("district")
    is_saved = bool(staff.take(_SAVED))
    return _form(
        request, pages, staff, _stored(office), district=district, office=office, is_saved=is_saved
    )


@routes.post("/programme/offices/{office_id}")
async def change_office(
    office_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Change an office."""
    office = await gateway.read(staff, OfficeView, path_of(_API, id=office_id), personal=True)
    if posted.get(_AREAS):
        return _form(request, pages, staff, posted, office=office)
    errors = await _put(gateway, staff, office_id, posted, "state")
    if errors:
        return _form(request, pages, staff, posted, office=office, errors=errors)
    staff.keep(**{_SAVED: True})
    return pages.go(request, path_of(_PAGE, id=office_id))


@routes.get("/programme/officers")
async def show_officers(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The officers, by words."""
    query = search_in(request)
    listed = await gateway.read(staff, OfficerList, "/v1/officers", query, personal=True)
    offices = await read_office_names(
        gateway, staff, (officer.office_id for officer in listed.items)
    )
    return pages.show(
        request,
        "officers.html",
        listed=listed,
        query=query,
        offices=offices,
        ministries=dict(_ministries(staff)),
    )


@routes.get("/programme/officers/{officer_id}")
async def show_officer(
    officer_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Where an officer works; choose another office."""
    return await _officer(request, staff, pages, gateway, officer_id)


@routes.post("/programme/officers/{officer_id}")
async def place_officer(
    officer_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Let an officer work at another office, who logs in again for it."""
    try:
        body, path = typed_in(posted, ("office_id",)), f"/v1/officers/{officer_id}/office"
        await gateway.replace(staff, path, body, model=OfficerView)
    except ApiProblem as failure:
        errors = errors_of(failure, "office_id")
        return await _officer(request, staff, pages, gateway, officer_id, errors, posted)
    return pages.go(request, f"/programme/officers/{officer_id}")


@routes.post("/programme/officers/{officer_id}/duties")
async def propose_duty(
    officer_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Propose that an officer gets a duty, or that it ends; a second person approves it."""
    is_given = posted.get("is_given") != "no"
    wanted = typed_as(ProposeDuty, posted, ("duty", "reason"), is_given=is_given)
    try:
        await gateway.post(staff, f"/v1/officers/{officer_id}/duties", wanted, model=DutyProposed)
    except ApiProblem as failure:
        errors = errors_of(failure, "duty")
        return await _officer(request, staff, pages, gateway, officer_id, errors, posted)
    return pages.go(request, "/programme/proposals")


@routes.get("/programme/officers/{officer_id}/dismissal")
async def ask_to_dismiss(
    officer_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask whether an officer leaves."""
    officer = await _read_officer(gateway, staff, officer_id)
    asks = Confirmation(
        question=Text(bn="কর্মকর্তা চলে গেছেন?", en="Has the officer left?"),
        about=officer.username,
        warning=Text(
            bn="অ্যাকাউন্টটি বন্ধ হয় ও সব লগইন শেষ হয়। অন্য ভূমিকা থাকলে শুধু কর্মকর্তার ভূমিকা যায়।",
            en="The account is closed and all its logins end. One with another role only loses the "
            "role of an officer.",
        ),
        label=Text(bn="অ্যাকাউন্ট বন্ধ করুন", en="Close the account"),
        back=f"/programme/officers/{officer_id}",
    )
    return ask_to_confirm(request, pages, asks)


@routes.post("/programme/officers/{officer_id}/dismissal")
async def dismiss_officer(
    officer_id: UUID,
    request: Request,
    _posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Close the account of an officer who leaves."""
    await gateway.do(staff, "DELETE", f"/v1/officers/{officer_id}")
    return pages.go(request, "/programme/officers")


async def _find(gateway: Gateway, staff: Visit, office_id: str) -> OfficeView | None:
    """Read an office; None if there is none with this id.

    Raises:
        ApiProblem: the API refused for another reason.
    """
    try:
        return await gateway.read(staff, OfficeView, path_of(_API, id=office_id), personal=True)
    except ApiProblem as failure:
        if failure.code != "not_found":
            raise
        return None


async def _put(
    gateway: Gateway, staff: Visit, office_id: str, posted: Posted, place: str
) -> list[PageError]:
    """Store an office as it was typed; return what is wrong, where nothing was stored."""
    if posted.text("district") and not posted.text("area"):
        return [PageError("area", _NO_AREA.in_language(staff.language))]
    body: dict[str, Any] = {
        **typed_in(posted, _FIELDS),
        "name": both_languages(posted, "name"),
    }
    try:
        if population := posted.text("population"):
            body["population"] = parse_int(population[:15])
        await gateway.replace(staff, path_of(_API, id=office_id), body, model=OfficeView)
    except Malformed:
        return [PageError("population", _NO_NUMBER.in_language(staff.language))]
    except ApiProblem as failure:
        return errors_of(failure, place)
    return []


def _of_grievances(body: Body) -> Posted:
    """Return what is known of the office that answers a body's grievances, as the form has it."""
    return Posted(
        {
            "office_id": f"{ANSWERING}-{body.body_id}",
            "name_bn": f"অভিযোগ নিষ্পত্তি কর্মকর্তার দপ্তর, {body.name_bn}",
            "name_en": f"Grievance officer, {body.name_en}",
            "kind": "head_office",
            "ministry": body.body_id,
        }
    )


def _stored(office: OfficeView) -> Posted:
    """Return what is stored of an office, as fields of its form."""
    return Posted(
        {
            "name_bn": office.name.bn,
            "name_en": office.name.en,
            "kind": office.kind,
            "ministry": office.ministry,
            "area": office.area or "",
            "state": office.state,
            "population": str(office.population or ""),
            "population_source": office.population_source or "",
        }
    )


def _form(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    staff: Visit,
    typed: Posted,
    *,
    district: str | None = None,
    office: OfficeView | None = None,
    errors: list[PageError] | None = None,
    is_saved: bool = False,
) -> Response:
    now = typed.text("area")
    district = district or typed.text("district") or district_of(now)
    return pages.show(
        request,
        "office.html",
        status=422 if errors else 200,
        office=office,
        district=district,
        districts=by_name(districts(), staff),
        areas=areas_of_office(district, now, staff),
        is_saved=is_saved,
        kinds=get_args(OfficeKind),
        states=get_args(OfficeState),
        ministries=_ministries(staff),
        typed=typed,
        errors=errors or [],
    )


def _ministries(staff: Visit) -> list[tuple[str, str]]:
    """Return ids and names of all ministries and divisions, in the language of the visit."""
    names = [(body.body_id, Text(bn=body.name_bn, en=body.name_en)) for body in bodies()]
    return [(body_id, name.in_language(staff.language)) for body_id, name in names]


async def _read_officer(gateway: Gateway, staff: Visit, officer_id: UUID) -> OfficerView:
    return await gateway.read(staff, OfficerView, f"/v1/officers/{officer_id}", personal=True)


async def _officer(  # noqa: PLR0913
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    officer_id: UUID,
    errors: Sequence[PageError] = (),
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    officer = await _read_officer(gateway, staff, officer_id)
    query = search_in(request)
    offices, has_others = await find_offices(gateway, staff, query["q"])
    duties = await gateway.read(staff, DutyList, f"/v1/officers/{officer_id}/duties", personal=True)
    now = await _find(gateway, staff, officer.office_id) if officer.office_id else None
    return pages.show(
        request,
        "officer.html",
        status=422 if errors else 200,
        officer=officer,
        duties=duties.items,
        typed=typed,
        office=now,
        ministry=dict(_ministries(staff)).get(officer.ministry, officer.ministry),
        offices=[choice for choice in offices if choice[0] != officer.office_id],
        has_others=has_others,
        query=query,
        errors=errors,
    )
