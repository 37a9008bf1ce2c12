"""Pages of the counter: enrol the device, ask for consent, the day's account."""

from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import Malformed, parse_int
from libs.clock import utc_now
from libs.contracts.catalogue import ServiceList
from libs.contracts.centres import Charge, RateBoard, UddoktaView
from libs.contracts.mandates import (
    HIGHEST_TOLD_FEE_BDT,
    ConfirmConsent,
    DayAccount,
    MandateList,
    MandateView,
    RequestMandate,
)
from libs.errors import Refused, Unavailable
from libs.pages.centre_devices import FIELD, HAND_OVER_PATH
from libs.pages.errors import PageError, keep_wrong, take_wrong
from libs.pages.formats import month_number, search_text
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.desk.counter.appeal_routes import note_sent
from services.desk.counter.assisted_forms import (
    Counter,
    begin_application,
    read_followed_up,
    read_tracking_code,
)
from services.desk.counter.news_routes import count_left, read_news
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_LONGEST = 120
_WARNED_DAYS = 30
_WARNED_AGAIN_DAYS = 7
_PLACES = {
    "/phone": "phone",
    "/number": "number",
    "/applicant": "applicant",
    "/fee_bdt": "fee",
    "/fee_case": "case",
    "/fee_date": "day",
}


@routes.get("/counter/device")
async def show_device(request: Request, pages: Pages) -> Response:
    """Ask for the code with which this device is enrolled."""
    wrong = take_wrong(visit_of(request))
    return pages.show(request, "device.html", status=wrong.status, errors=wrong.errors)


@routes.post("/counter/device")
async def enrol_device(
    request: Request, posted: Posted, pages: Pages, counter: Counter
) -> Response:
    """Enrol this device."""
    try:
        await counter.calls.enrol(visit_of(request), posted.text("code")[:61])
    except ApiProblem as failure:
        error = PageError("code", failure.message, failure.problem.status)
        keep_wrong(visit_of(request), error)
        return pages.go(request, "/counter/device")
    return pages.go(request, "/counter/device/portal")


@routes.get("/counter/device/portal")
async def show_hand_over(request: Request, pages: Pages, counter: Counter) -> Response:
    """Ask to tell the citizens' pages, which have another address, whose device this is.

    Raises:
        Refused: this device is not enrolled.
    """
    visit, devices = visit_of(request), counter.calls.devices
    if devices.key_of(visit) is None:
        raise Refused("not_found")
    return pages.show(
        request,
        "hand_over.html",
        path=HAND_OVER_PATH,
        field=FIELD,
        sealed=devices.hand_over(visit),
    )


@routes.get("/counter")
async def show_counter(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway, counter: Counter
) -> Response:
    """Show the open mandates of the counter, and applications that came back for correction."""
    own = await gateway.read(staff, UddoktaView, "/v1/uddokta", personal=True)
    mandates = await gateway.read(staff, MandateList, "/v1/mandates", personal=True)
    followed = await read_followed_up(gateway, staff)
    today = dhaka_date(utc_now())
    qualified_until = own.qualified_until or own.certificate_until
    is_licensed = today <= min(own.licence_until, qualified_until)
    is_active = own.state == "active" and is_licensed  # whoever is stopped tells nobody
    news = await read_news(gateway, staff, told=False) if is_active else None
    return pages.show(
        request,
        "counter.html",
        state=own.state if is_licensed or own.state != "active" else "expired",
        notice=staff.take("notice"),
        ends_on=qualified_until if (qualified_until - today).days <= _WARNED_DAYS else None,
        ends_soon=(qualified_until - today).days <= _WARNED_AGAIN_DAYS,
        is_enrolled=counter.calls.devices.key_of(staff) is not None,
        centre=staff.device.get("centre", ""),
        waiting_news=f"{len(news.items)}{'+' if news.next else ''}" if news and news.items else "",
        left=await count_left(gateway, staff) if is_active else 0,
        open=[mandate for mandate in mandates.items if mandate.state in {"requested", "active"}],
        corrections=[sent for sent in followed if sent.status == "correction_requested"],
        refused=[sent for sent in followed if sent.status == "refused"],
        followed=[
            sent for sent in followed if sent.status not in {"correction_requested", "refused"}
        ],
    )


@routes.get("/counter/new")
async def choose_service(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Find the public service that the citizen came for."""
    q = search_text(request.query_params.get("q", ""))
    query = {"q": q or None, "open": "true"}
    found = await gateway.read(staff, ServiceList, "/v1/services", query) if q else None
    return pages.show(request, "service.html", q=q, found=found)


@routes.get("/counter/new/{service_id}")
async def ask_for_citizen(
    service_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask for the phone of the citizen, at the price of the centre."""
    charge, wrong = await _charge(gateway, staff, service_id), take_wrong(staff)
    return pages.show(
        request,
        "new.html",
        status=wrong.status,
        charge=charge,
        most_told_bdt=HIGHEST_TOLD_FEE_BDT,
        typed=wrong.typed,
        errors=wrong.errors,
    )


@routes.post("/counter/new/{service_id}")
async def request_consent(
    service_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    counter: Counter,
) -> Response:
    """Ask the citizen for the consent, by SMS."""
    pages = counter.pages
    typed = {
        "consent": posted.text("consent") or "own_phone",
        "phone": posted.text("phone")[:41] or None,
        "number": posted.text("number")[:41] or None,
        "applicant": posted.text("applicant")[:120] or None,
    }
    fields: dict[str, Any] = {"public_service_id": service_id, **typed, **_fee_in(posted)}
    wanted = RequestMandate.model_construct(**fields)
    try:
        made = await counter.calls.post_proved(staff, "/v1/mandates", wanted, model=MandateView)
    except ApiProblem as failure:
        pointers = [error.pointer for error in failure.problem.errors]
        place = next((_PLACES[at] for at in pointers if at in _PLACES), "phone")
        error = PageError(place, failure.message, failure.problem.status)
        keep_wrong(staff, error, {name: value[:_LONGEST] for name, value in posted.items()})
        return pages.go(request, f"/counter/new/{service_id}")
    with suppress(ApiProblem, Unavailable):
        form = await begin_application(counter, request, staff, made.mandate_id)
        await form.keep_for_form(typed)
    return pages.go(request, f"/counter/mandates/{made.mandate_id}")


@routes.get("/counter/mandates/{mandate_id}")
async def show_mandate(
    mandate_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Where a mandate stands: waits for the code, can be used, was used, is over."""
    path = f"/v1/mandates/{mandate_id}"
    mandate = await gateway.read(staff, MandateView, path, personal=True)
    wrong = take_wrong(staff)
    return pages.show(
        request,
        "mandate.html",
        status=wrong.status,
        mandate=mandate,
        code=await read_tracking_code(gateway, staff, mandate, mandate.tracking_number),
        errors=wrong.errors,
    )


@routes.post("/counter/mandates/{mandate_id}")
async def enter_code(
    mandate_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Enter the code that the citizen reads out, or send it again."""
    path = f"/v1/mandates/{mandate_id}"
    try:
        if posted.get("action") == "again":
            await gateway.post(staff, f"{path}/codes", model=MandateView)
            return pages.go(request, f"/counter/mandates/{mandate_id}")
        shown = ("code", "pin", "number")
        fields: dict[str, Any] = {
            name: posted.text(name)[:41] for name in shown if posted.text(name) or name == "code"
        }
        confirmation = ConfirmConsent.model_construct(**fields)
        await gateway.post(staff, f"{path}/consent", confirmation, model=MandateView)
    except ApiProblem as failure:
        place = "pin" if failure.code == "pin_wrong" else "code"
        keep_wrong(staff, PageError(place, failure.message, failure.problem.status))
    return pages.go(request, f"/counter/mandates/{mandate_id}")


@routes.post("/counter/mandates/{mandate_id}/correction")
async def send_correction(
    mandate_id: UUID, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """Send the correction or objection to which the citizen has agreed."""
    path = f"/v1/mandates/{mandate_id}"
    try:
        mandate = await counter.gateway.read(staff, MandateView, path, personal=True)
        await counter.calls.send_correction(staff, str(mandate_id))
        number = mandate.tracking_number
        if number and not mandate.changes and await note_sent(counter, staff, number, mandate_id):
            return counter.pages.go(request, f"/counter/appeals/{number}/receipt")
    except ApiProblem as failure:
        keep_wrong(staff, PageError("send", failure.message, failure.problem.status))
    return counter.pages.go(request, f"/counter/mandates/{mandate_id}")


@routes.get("/counter/account")
async def show_account(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show the money taken on a day, to print."""
    query = {"day": _day(request.query_params.get("day", ""))}
    account = await gateway.read(staff, DayAccount, "/v1/uddokta/account", query, personal=True)
    return pages.show(request, "account.html", account=account)


async def _charge(gateway: Gateway, staff: Visit, service_id: str) -> Charge:
    """Return the price of a public service at the uddokta's centre.

    Raises:
        Refused: the service is unknown or closed.
    """
    own = await gateway.read(staff, UddoktaView, "/v1/uddokta", personal=True)
    path = path_of("/v1/centres/{id}/rates", id=own.service_centre_id)
    board = await gateway.read(staff, RateBoard, path)
    for charge in board.items:
        if charge.public_service_id == service_id:
            return charge
    raise Refused("not_found")


def _fee_in(posted: Posted) -> dict[str, Any]:
    """Return the typed fee; an amount that cannot be read is asked for again."""
    fields: dict[str, Any] = {"fee_case": posted.text("case")[:40] or None}
    if posted.get("at_office"):
        fields["fee_at_office"] = True
    with suppress(Malformed):
        fee = posted.text("fee").replace(",", "")
        fields |= {"fee_bdt": parse_int(fee)} if fee else {}
    with suppress(Malformed, ValueError, OverflowError):
        month = parse_int(month_number(posted.text("month")))
        year, day = parse_int(posted.text("year")), parse_int(posted.text("day"))
        fields["fee_date"] = date(year, month, day)
    return fields


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
