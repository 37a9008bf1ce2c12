"""Pages of the counter: log in, enrol the device, ask for consent, accounts, rates."""

from contextlib import suppress
from datetime import date
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.catalogue import ServiceList
from libs.contracts.centres import Charge, RateBoard, UddoktaView
from libs.contracts.identity import LogInStaff
from libs.contracts.language import Text
from libs.contracts.mandates import (
    ConfirmConsent,
    DayAccount,
    MandateList,
    MandateView,
    RequestMandate,
)
from libs.errors import Refused, Unavailable
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted, read_post
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.pages.waiting import FIELD, WaitingAnswers, go_on
from libs.web.handling.routes import Routes
from services.portal.counter.calls import CounterCalls
from services.portal.counter.logins import BACK
from services.portal.counter.passkey_routes import passkey_in
from services.portal.counter.work import read_followed_up
from services.portal.search.rules import search_text

routes = Routes(public=False)
_AWAY: Final = Text(
    bn="সেবা এখন পাওয়া যাচ্ছে না। কিছুক্ষণ পর আবার চেষ্টা করুন।",
    en="The service does not answer just now. Try again in a while.",
)
_PLACES = {"/phone": "phone", "/number": "number", "/fee_bdt": "fee"}


@routes.get("/counter/login")
async def show_counter_login(request: Request, pages: Pages) -> Response:
    """Ask who works at the counter."""
    return pages.show(request, "counter_login.html", username="", waiting="", errors=[])


@routes.post("/counter/login")
async def log_in_at_counter(
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    form_tokens: FormTokens,
    waiting_answers: WaitingAnswers,
) -> Response:
    """Log an uddokta in with password, and a passkey or the code of the app.

    With `switch` the page is only shown.
    """
    posted = await read_post(request, form_tokens)
    if "switch" in posted:
        return _login_page(request, pages, posted)
    wanted = LogInStaff.model_construct(
        username=posted.text("username")[:41],
        password=posted.get("password", "")[:201],
        code=posted.text("code")[:21] or None,
        passkey=passkey_in(posted),
    )
    try:
        home = await counter_calls.log_in(visit_of(request), wanted)
    except ApiProblem as failure:
        return _login_page(request, pages, posted, failure.problem.status, failure.message)
    except Unavailable:
        away = _AWAY.in_language(visit_of(request).language)
        return _login_page(request, pages, posted, 503, away)
    visit = visit_of(request)
    sealed = posted.text(FIELD)
    if not sealed:
        return pages.go(request, home)
    waiting = waiting_answers.open(sealed, visit)
    return go_on(request, pages, waiting, wanted.username, home, BACK)


def _login_page(
    request: Request, pages: Pages, posted: Posted, status: int = 200, wrong: str = ""
) -> Response:
    return pages.show(
        request,
        "counter_login.html",
        status=status,
        username=posted.text("username"),
        waiting=posted.text(FIELD),
        errors=[PageError("username", wrong)] if wrong else [],
    )


@routes.post("/counter/logout")
async def log_out_of_counter(
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    form_tokens: FormTokens,
) -> Response:
    """End the uddokta's session; the device stays enrolled."""
    await read_post(request, form_tokens)
    async with counter_calls.acting(request) as acting:
        await gateway.do(acting, "POST", "/v1/logout")
        acting.login = None
    return pages.go(request, "/counter/login")


@routes.get("/counter/device")
async def show_device(request: Request, pages: Pages) -> Response:
    """Ask for the code with which this device is enrolled."""
    return pages.show(request, "counter_device.html", errors=[])


@routes.post("/counter/device")
async def enrol_device(
    request: Request, pages: Pages, counter_calls: CounterCalls, form_tokens: FormTokens
) -> Response:
    """Enrol this device."""
    posted = await read_post(request, form_tokens)
    try:
        await counter_calls.enrol(visit_of(request), posted.text("code")[:61])
    except ApiProblem as failure:
        return pages.show(
            request,
            "counter_device.html",
            status=failure.problem.status,
            errors=[PageError("code", failure.message)],
        )
    return pages.go(request, "/counter")


@routes.get("/counter")
async def show_counter(
    request: Request, pages: Pages, counter_calls: CounterCalls, gateway: Gateway
) -> Response:
    """What is open at the counter, and what came back for correction."""
    async with counter_calls.acting(request) as acting:
        mandates = await gateway.read(acting, MandateList, "/v1/mandates", personal=True)
        followed = await read_followed_up(gateway, acting)
        return pages.show(
            request,
            "counter.html",
            is_enrolled=bool(acting.device.get("key")),
            centre=acting.device.get("centre", ""),
            open=[each for each in mandates.items if each.state in {"requested", "active"}],
            corrections=[each for each in followed if each.status == "correction_requested"],
            followed=[each for each in followed if each.status != "correction_requested"],
        )


@routes.get("/counter/new")
async def choose_service(
    request: Request, pages: Pages, counter_calls: CounterCalls, gateway: Gateway
) -> Response:
    """Find the public service that the citizen came for."""
    async with counter_calls.acting(request) as acting:
        q = search_text(request.query_params.get("q", ""))
        query = {"q": q or None, "open": "true"}
        found = await gateway.read(acting, ServiceList, "/v1/services", query) if q else None
        return pages.show(request, "counter_service.html", q=q, found=found)


@routes.get("/counter/new/{service_id}")
async def ask_for_citizen(
    service_id: str, request: Request, pages: Pages, counter_calls: CounterCalls, gateway: Gateway
) -> Response:
    """Ask for the phone of the citizen, at the price of the centre."""
    async with counter_calls.acting(request) as acting:
        charge = await _charge(gateway, acting, service_id)
        return pages.show(request, "counter_new.html", charge=charge, typed=Posted(), errors=[])


@routes.post("/counter/new/{service_id}")
async def request_consent(
    service_id: str,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    form_tokens: FormTokens,
) -> Response:
    """Ask the citizen for the consent, by SMS."""
    posted = await read_post(request, form_tokens)
    typed = {
        "consent": posted.text("consent") or "own_phone",
        "phone": posted.text("phone")[:41] or None,
        "number": posted.text("number")[:41] or None,
    }
    fields: dict[str, Any] = {"public_service_id": service_id, **typed}
    with suppress(Malformed):
        fields |= {"fee_bdt": parse_int(posted.text("fee"))} if posted.text("fee") else {}
    wanted = RequestMandate.model_construct(**fields)
    async with counter_calls.acting(request) as acting:
        try:
            made = await counter_calls.post_proved(
                acting, "/v1/mandates", wanted, model=MandateView
            )
        except ApiProblem as failure:
            pointers = [each.pointer for each in failure.problem.errors]
            place = next((_PLACES[each] for each in pointers if each in _PLACES), "phone")
            return pages.show(
                request,
                "counter_new.html",
                status=failure.problem.status,
                charge=await _charge(gateway, acting, service_id),
                typed=posted,
                errors=[PageError(place, failure.message)],
            )
    return pages.go(request, f"/counter/mandates/{made.mandate_id}")


@routes.get("/counter/mandates/{mandate_id}")
async def show_mandate(
    mandate_id: UUID, request: Request, pages: Pages, counter_calls: CounterCalls, gateway: Gateway
) -> Response:
    """Where a mandate stands: waits for the code, can be used, was used, is over."""
    async with counter_calls.acting(request) as acting:
        path = f"/v1/mandates/{mandate_id}"
        mandate = await gateway.read(acting, MandateView, path, personal=True)
        return pages.show(request, "counter_mandate.html", mandate=mandate, errors=[])


@routes.post("/counter/mandates/{mandate_id}")
async def enter_code(
    mandate_id: UUID,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    form_tokens: FormTokens,
) -> Response:
    """Enter the code that the citizen reads out, or send it again."""
    posted = await read_post(request, form_tokens)
    path = f"/v1/mandates/{mandate_id}"
    async with counter_calls.acting(request) as acting:
        try:
            if posted.get("action") == "again":
                await gateway.post(acting, f"{path}/codes", model=MandateView)
                return pages.go(request, f"/counter/mandates/{mandate_id}")
            shown = ("code", "pin", "number")
            fields: dict[str, Any] = {
                name: posted.text(name)[:41]
                for name in shown
                if posted.text(name) or name == "code"
            }
            given = ConfirmConsent.model_construct(**fields)
            await gateway.post(acting, f"{path}/consent", given, model=MandateView)
        except ApiProblem as failure:
            place = "pin" if failure.code == "pin_wrong" else "code"
            return pages.show(
                request,
                "counter_mandate.html",
                status=failure.problem.status,
                mandate=await gateway.read(acting, MandateView, path, personal=True),
                errors=[PageError(place, failure.message)],
            )
    return pages.go(request, f"/counter/mandates/{mandate_id}")


@routes.get("/counter/account")
async def show_account(
    request: Request, pages: Pages, counter_calls: CounterCalls, gateway: Gateway
) -> Response:
    """What was taken on a day, to print."""
    async with counter_calls.acting(request) as acting:
        query = {"day": _day(request.query_params.get("day", ""))}
        account = await gateway.read(
            acting, DayAccount, "/v1/uddokta/account", query, personal=True
        )
        return pages.show(request, "counter_account.html", account=account)


@routes.get("/centres/{centre}/rates")
async def show_rates(centre: str, request: Request, pages: Pages, gateway: Gateway) -> Response:
    """The price list of a centre, for everybody and for the wall."""
    path = path_of("/v1/centres/{id}/rates", id=centre)
    board = await gateway.read(visit_of(request), RateBoard, path)
    return pages.show(request, "rates.html", board=board)


async def _charge(gateway: Gateway, acting: Visit, service_id: str) -> Charge:
    """Return the price of a public service at the uddokta's centre.

    Raises:
        Refused: the service is unknown or closed.
    """
    own = await gateway.read(acting, UddoktaView, "/v1/uddokta", personal=True)
    path = path_of("/v1/centres/{id}/rates", id=own.service_centre_id)
    board = await gateway.read(acting, RateBoard, path)
    for charge in board.items:
        if charge.public_service_id == service_id:
            return charge
    raise Refused("not_found")


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
