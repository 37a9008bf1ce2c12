"""Pages of service centres: one with what it still needs, made and changed, prices, devices."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, get_args
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.geography import CityCorporation, Upazila, areas_by_code, districts
from libs.bangladesh.places import children, find_place, ward_code
from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.centres import (
    AddDevice,
    CentreDetails,
    CentreState,
    CentreView,
    DeviceAdded,
    DeviceList,
    RateBoard,
    SetCharge,
    UddoktaList,
)
from libs.contracts.language import Text
from libs.pages.confirmations import Confirmation, ask_to_confirm
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.programme.places import by_name
from services.desk.programme.shown_once import ONCE, keep_shown
from services.desk.staff.forms import both_languages, errors_of, typed_as, typed_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_PAGE: Final = "/programme/centres/{id}"
_API: Final = "/v1/centres/{id}"
_FIELDS: Final = ("area", "union_id", "opens_at", "closes_at", "state", "source")
_AREAS: Final = "areas"
"""The button that shows the areas of another district, with all that was typed."""
_DAYS: Final = (7, 1, 2, 3, 4, 5, 6)
"""Of the week, as ISO 8601 numbers them, beginning with Sunday."""
_TAKEN: Final = Text(
    bn="এই আইডির একটি কেন্দ্র আছে। অন্য আইডি দিন, বা সেই কেন্দ্রটি বদলান।",
    en="There is a centre with this id. Choose another one, or change that centre.",
)
_NO_AMOUNT: Final = Text(
    bn="টাকার অঙ্কটি পূর্ণ সংখ্যায় লিখুন, যেমন ৩০।",
    en="Write the amount as a whole number, as 30.",
)


@routes.get("/programme/centres/new")
async def ask_for_centre(request: Request, staff: StaffVisit, pages: Pages) -> Response:
    """Ask for the district of a new centre, and then for all else."""
    district = request.query_params.get("district", "")
    begun = Posted({"opens_at": "09:00", "closes_at": "17:00", "state": "planned"})
    begun.update({f"day-{day}": "yes" for day in _DAYS[:5]})
    return _form(request, pages, staff, begun, district=district)


@routes.post("/programme/centres/new")
async def make_centre(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Make a centre; one that is there stays as it is."""
    centre_id = posted.text("service_centre_id")[:41]
    district = posted.text("district")
    if posted.get(_AREAS):
        return _form(request, pages, staff, posted, district=district)
    if centre_id and await _find(gateway, staff, centre_id):
        taken = [PageError("service_centre_id", _TAKEN.in_language(staff.language))]
        return _form(request, pages, staff, posted, district=district, errors=taken)
    try:
        made = await _put(gateway, staff, centre_id or "-", posted)
    except ApiProblem as failure:
        errors = errors_of(failure, "service_centre_id")
        return _form(request, pages, staff, posted, district=district, errors=errors)
    return pages.go(request, path_of(_PAGE, id=made.service_centre_id))


@routes.get("/programme/centres/{centre_id}")
async def show_centre(
    centre_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A centre: where and when, who works there, and what it needs before it can help."""
    centre = await _read(gateway, staff, centre_id)
    query = {"centre": centre_id}
    uddoktas = await gateway.read(staff, UddoktaList, "/v1/uddoktas", query, personal=True)
    devices = await _read_devices(gateway, staff, centre_id)
    area = areas_by_code().get(centre.area)
    ward = ward_code(centre.area, centre.union_id, centre.ward) if centre.ward else None
    place = find_place(ward or centre.union_id or centre.area)
    return pages.show(
        request,
        "centre.html",
        centre=centre,
        place=place.code if place else centre.area,
        where=Text(bn=place.name_bn, en=place.name_en)
        if place and place.code != centre.area
        else None,
        area=Text(bn=area.name_bn, en=area.name_en) if area else None,
        days=[day for day in _DAYS if day in centre.open_days],
        uddoktas=uddoktas,
        devices=devices.items,
        is_enrolled=any(device.enrolled_at for device in devices.items),
    )


@routes.get("/programme/centres/{centre_id}/change")
async def ask_for_change(
    centre_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask what changes at a centre; the fields begin with what is stored."""
    centre = await _read(gateway, staff, centre_id)
    area = areas_by_code().get(centre.area)
    district = request.query_params.get("district") or (area.district_code if area else "")
    return _form(request, pages, staff, _stored(centre), district=district, centre=centre)


@routes.post("/programme/centres/{centre_id}/change")
async def change_centre(
    centre_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Change a centre; the open consents of one that stops end, and their citizens are told."""
    centre = await _read(gateway, staff, centre_id)
    if posted.get(_AREAS):
        district = posted.text("district")
        return _form(request, pages, staff, posted, district=district, centre=centre)
    try:
        await _put(gateway, staff, centre_id, posted)
    except ApiProblem as failure:
        district, errors = posted.text("district"), errors_of(failure, "state")
        return _form(request, pages, staff, posted, district=district, centre=centre, errors=errors)
    return pages.go(request, path_of(_PAGE, id=centre_id))


@routes.get("/programme/centres/{centre_id}/prices")
async def show_prices(
    centre_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The price list of a centre; each price leads to the page that changes it."""
    board = await gateway.read(staff, RateBoard, path_of(f"{_API}/rates", id=centre_id))
    return pages.show(request, "prices.html", board=board)


@routes.get("/programme/centres/{centre_id}/prices/{service_id}")
async def ask_for_price(
    centre_id: str,
    service_id: str,
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Ask for a centre's charge for a public service."""
    return await _price(request, staff, pages, gateway, centre_id, service_id)


@routes.post("/programme/centres/{centre_id}/prices/{service_id}")
async def set_price(  # noqa: PLR0913
    centre_id: str,
    service_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Set a centre's charge for a public service, up to the cap."""
    typed = posted.text("charge_bdt")
    path = path_of(f"{_API}/rates/{{service}}", id=centre_id, service=service_id)
    try:
        body = SetCharge.model_construct(charge_bdt=parse_int(typed[:12]))
        await gateway.do(staff, "PUT", path, body)
    except Malformed:
        wrong = [PageError("charge_bdt", _NO_AMOUNT.in_language(staff.language))]
        return await _price(request, staff, pages, gateway, centre_id, service_id, typed, wrong)
    except ApiProblem as failure:
        wrong = errors_of(failure, "charge_bdt")
        return await _price(request, staff, pages, gateway, centre_id, service_id, typed, wrong)
    return pages.go(request, path_of(f"{_PAGE}/prices", id=centre_id))


@routes.get("/programme/centres/{centre_id}/devices")
async def show_devices(
    centre_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The devices of a centre; ask for a code for another one."""
    return await _devices(request, staff, pages, gateway, centre_id)


@routes.post("/programme/centres/{centre_id}/devices")
async def add_device(
    centre_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Let a device be enrolled, and show its code once."""
    path = path_of(f"{_API}/devices", id=centre_id)
    try:
        wanted = typed_as(AddDevice, posted, ("name",))
        added = await gateway.post(staff, path, wanted, model=DeviceAdded)
    except ApiProblem as failure:
        return await _devices(request, staff, pages, gateway, centre_id, posted, failure)
    keep_shown(staff, code=added.enrolment_code, back=path_of(_PAGE, id=centre_id))
    return pages.go(request, ONCE)


@routes.get("/programme/centres/{centre_id}/devices/{device_id}/removal")
async def ask_to_remove_device(
    centre_id: str,
    device_id: UUID,
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Ask whether a device is to be removed."""
    devices = await _read_devices(gateway, staff, centre_id)
    names = [device.name for device in devices.items if device.device_id == device_id]
    asks = Confirmation(
        question=Text(bn="যন্ত্রটি বাদ দেবেন?", en="Remove the device?"),
        about=names[0] if names else centre_id,
        warning=Text(
            bn="এই যন্ত্রে আর কোনো আবেদন করা যাবে না। আবার কাজে লাগাতে হলে নতুন কোড দিয়ে নিবন্ধন করতে হবে।",
            en="No application can be made on it any more. To use it again it is enrolled with a "
            "new code.",
        ),
        label=Text(bn="বাদ দিন", en="Remove it"),
        back=path_of(f"{_PAGE}/devices", id=centre_id),
    )
    return ask_to_confirm(request, pages, asks)


@routes.post("/programme/centres/{centre_id}/devices/{device_id}/removal")
async def remove_device(
    centre_id: str,
    device_id: UUID,
    request: Request,
    _posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Remove a device of a centre."""
    path = path_of(f"{_API}/devices/{{device}}", id=centre_id, device=str(device_id))
    await gateway.do(staff, "DELETE", path)
    return pages.go(request, path_of(f"{_PAGE}/devices", id=centre_id))


async def _read(gateway: Gateway, staff: Visit, centre_id: str) -> CentreDetails:
    path = path_of(_API, id=centre_id)
    return await gateway.read(staff, CentreDetails, path, personal=True)


async def _find(gateway: Gateway, staff: Visit, centre_id: str) -> CentreDetails | None:
    """Read a centre; None if there is none with this id.

    Raises:
        ApiProblem: the API refused for another reason.
    """
    try:
        return await _read(gateway, staff, centre_id)
    except ApiProblem as failure:
        if failure.code != "service_centre_unknown":
            raise
        return None


async def _read_devices(gateway: Gateway, staff: Visit, centre_id: str) -> DeviceList:
    path = path_of(f"{_API}/devices", id=centre_id)
    return await gateway.read(staff, DeviceList, path, personal=True)


async def _put(gateway: Gateway, staff: Visit, centre_id: str, posted: Posted) -> CentreView:
    """Store a centre as it was typed; what was left empty is not sent.

    Raises:
        ApiProblem: the API does not take it.
    """
    directions = both_languages(posted, "directions")
    ward = posted.text("ward")[:12]
    body: dict[str, Any] = {
        **typed_in(posted, _FIELDS),
        **({"ward": _number(ward)} if ward else {}),
        "name": both_languages(posted, "name"),
        "address": both_languages(posted, "address"),
        "open_days": [day for day in _DAYS if posted.get(f"day-{day}")],
        **({"directions": directions} if any(directions.values()) else {}),
    }
    path = path_of(_API, id=centre_id)
    return await gateway.replace(staff, path, body, model=CentreView)


def _number(typed: str) -> int | str:
    """Return a number as it was typed, or the text, which the API refuses at its field."""
    try:
        return parse_int(typed)
    except Malformed:
        return typed


def _stored(centre: CentreDetails) -> Posted:
    """Return what is stored of a centre, as fields of its form."""
    texts = {"name": centre.name, "address": centre.address, "directions": centre.directions}
    fields = {
        f"{name}_{language}": text.in_language(language)
        for name, text in texts.items()
        if text
        for language in ("bn", "en")
    }
    fields |= {f"day-{day}": "yes" for day in centre.open_days}
    fields |= {
        "area": centre.area,
        "opens_at": centre.opens_at,
        "closes_at": centre.closes_at,
        "state": centre.state_set or centre.state,
        "source": centre.source or "",
        "union_id": centre.union_id or "",
        "ward": str(centre.ward or ""),
    }
    return Posted(fields)


def _form(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    staff: Visit,
    typed: Posted,
    *,
    district: str,
    centre: CentreDetails | None = None,
    errors: list[PageError] | None = None,
) -> Response:
    areas = [area for area in areas_by_code().values() if area.district_code == district]
    return pages.show(
        request,
        "centre_form.html",
        status=422 if errors else 200,
        centre=centre,
        district=district if areas else "",
        districts=by_name(districts(), staff),
        areas=by_name(areas, staff),
        unions=_unions(areas, staff),
        days=_DAYS,
        states=get_args(CentreState),
        typed=typed,
        errors=errors or [],
    )


def _unions(areas: Sequence[Upazila | CityCorporation], staff: Visit) -> list[tuple[str, str]]:
    """Return the unions of upazilas, each with its upazila: many have the same name."""
    of_area = {area.code: dict(by_name([area], staff))[area.code] for area in areas}
    names = [
        (union.code, f"{of_area[area.code]}: {dict(by_name([union], staff))[union.code]}")
        for area in areas
        for union in children(area.code)
        if union.kind == "union"
    ]
    return sorted(names, key=itemgetter(1))


async def _price(  # noqa: PLR0913
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    centre_id: str,
    service_id: str,
    typed: str | None = None,
    errors: list[PageError] | None = None,
) -> Response:
    board = await gateway.read(staff, RateBoard, path_of(f"{_API}/rates", id=centre_id))
    charge = {charge.public_service_id: charge for charge in board.items}.get(service_id)
    return pages.show(
        request,
        "price.html",
        status=422 if errors else 200,
        centre=board.centre,
        service_id=service_id,
        charge=charge,
        typed=typed,
        errors=errors or [],
    )


async def _devices(  # noqa: PLR0913
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    centre_id: str,
    typed: Mapping[str, str] | None = None,
    failure: ApiProblem | None = None,
) -> Response:
    centre = await _read(gateway, staff, centre_id)
    devices = await _read_devices(gateway, staff, centre_id)
    return pages.show(
        request,
        "devices.html",
        status=failure.problem.status if failure else 200,
        centre=centre,
        devices=devices.items,
        typed=typed or {},
        errors=[PageError("name", failure.message)] if failure else [],
    )
