"""Pages on which a citizen changes the number of the account, or has the account erased."""

from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.identity import (
    ChangePhone,
    CodeSent,
    ErasureView,
    PhoneView,
    RequestCode,
    RequestErasure,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.portal.sessions.rules import readable_phone

_ERASURE: Final = "/v1/me/erasure"
_PHONE: Final = "/v1/me/phone"
_LONGEST_CODE: Final = 21

routes = Routes(public=False)


@routes.get("/profile/erasure")
async def show_erasure(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Show when my account will be erased and which data are kept; or how an erasure works."""
    visit = visit_of(request)
    erasure = await read_erasure(gateway, visit)
    notice = visit.take("notice")
    return pages.show(
        request, "erasure.html", erasure=erasure, asks_code=False, errors=[], notice=notice
    )


@routes.post("/profile/erasure")
async def begin_erasure(
    request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Have a code sent to my number, with which the erasure is requested."""
    visit = visit_of(request)
    try:
        await _send_code(gateway, visit, visit.login.name if visit.login else "")
    except ApiProblem as failure:
        return await _code_of_erasure(request, pages, gateway, failure)
    return pages.go(request, "/profile/erasure/code")


@routes.get("/profile/erasure/code")
async def ask_for_code_of_erasure(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Ask for the code, and repeat which data are deleted."""
    return await _code_of_erasure(request, pages, gateway)


@routes.post("/profile/erasure/code")
async def request_erasure(
    request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Request the erasure of my account."""
    wanted = RequestErasure.model_construct(code=posted.text("code")[:_LONGEST_CODE])
    try:
        await gateway.post(visit_of(request), _ERASURE, wanted, model=ErasureView)
    except ApiProblem as failure:
        return await _code_of_erasure(request, pages, gateway, failure)
    return pages.go(request, "/profile/erasure")


@routes.post("/profile/erasure/cancellation")
async def cancel_erasure(
    request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Keep my account; say so."""
    visit = visit_of(request)
    await gateway.do(visit, "POST", f"{_ERASURE}/cancellation")
    visit.keep(notice="account_kept")
    return pages.go(request, "/profile/erasure")


@routes.get("/profile/phone")
async def show_phone(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """The number of my account, the change that waits, and how to change it."""
    return await _phone_page(request, pages, gateway, Posted())


@routes.post("/profile/phone")
async def begin_change(
    request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Have a code sent to the new number, and to the old one if it still works."""
    visit, number = visit_of(request), readable_phone(posted.text("phone"))
    has_old = posted.get("old") == "yes"
    try:
        await _send_code(gateway, visit, number)
        if has_old:
            await _send_code(gateway, visit, visit.login.name if visit.login else "")
    except ApiProblem as failure:
        error = PageError("phone", failure.message)
        return await _phone_page(request, pages, gateway, posted, error)
    visit.keep(new_phone=number, has_old_phone=has_old)
    return pages.go(request, "/profile/phone/code")


@routes.get("/profile/phone/code")
async def ask_for_codes_of_change(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Ask for the codes of the numbers."""
    visit = visit_of(request)
    if not visit.session.get("new_phone"):
        return pages.go(request, "/profile/phone")
    return await _phone_page(request, pages, gateway, Posted(), asks_code=True)


@routes.post("/profile/phone/code")
async def change_phone(
    request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Change the number: at once with both codes, else after some days."""
    visit = visit_of(request)
    number = visit.session.get("new_phone")
    if not number:
        return pages.go(request, "/profile/phone")
    codes: dict[str, Any] = {
        name: posted.text(name)[:_LONGEST_CODE]
        for name in ("code", "old_code")
        if name == "code" or visit.session.get("has_old_phone")
    }
    wanted = ChangePhone.model_construct(phone=number, **codes)
    try:
        changed = await gateway.post(visit, _PHONE, wanted, model=PhoneView)
    except ApiProblem as failure:
        pointers = [error.pointer.removeprefix("/") for error in failure.problem.errors]
        place = next((pointer for pointer in pointers if pointer in codes), "code")
        error = PageError(place, failure.message)
        return await _phone_page(request, pages, gateway, posted, error, asks_code=True)
    if changed.new_phone is None and visit.login:
        visit.log_in(replace(visit.login, name=number))
    notice = "number_changed" if changed.new_phone is None else "number_waits"
    visit.keep(new_phone=None, has_old_phone=None, notice=notice)
    return pages.go(request, "/profile/phone")


@routes.post("/profile/phone/cancellation")
async def cancel_change(
    request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Keep the number that the account has; say so."""
    visit = visit_of(request)
    await gateway.do(visit, "POST", f"{_PHONE}/cancellation")
    visit.keep(notice="number_kept")
    return pages.go(request, "/profile/phone")


async def _send_code(gateway: Gateway, visit: Visit, phone: str) -> None:
    asked = RequestCode.model_construct(phone=phone, device_token=visit.devices.get(phone))
    await gateway.post(visit, "/v1/login/codes", asked, model=CodeSent, personal=False)


async def read_erasure(gateway: Gateway, visit: Visit) -> ErasureView | None:
    """Return the erasure of the account that waits; None if none was requested.

    Raises:
        ApiProblem: the API refuses to read it.
    """
    try:
        return await gateway.read(visit, ErasureView, _ERASURE, personal=True)
    except ApiProblem as failure:
        if failure.code != "erasure_not_requested":
            raise
        return None


async def _code_of_erasure(
    request: Request, pages: Pages, gateway: Gateway, failure: ApiProblem | None = None
) -> Response:
    erasure = await read_erasure(gateway, visit_of(request))
    if erasure is not None:
        return pages.go(request, "/profile/erasure")
    return pages.show(
        request,
        "erasure.html",
        status=failure.problem.status if failure else 200,
        erasure=None,
        asks_code=True,
        notice=None,
        errors=[PageError("code", failure.message)] if failure else [],
    )


async def _phone_page(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    typed: Posted,
    *errors: PageError,
    asks_code: bool = False,
) -> Response:
    visit = visit_of(request)
    return pages.show(
        request,
        "phone.html",
        status=422 if errors else 200,
        phone=await gateway.read(visit, PhoneView, _PHONE, personal=True),
        new_phone=visit.session.get("new_phone") or "",
        has_old_phone=bool(visit.session.get("has_old_phone")),
        typed=typed,
        asks_code=asks_code,
        errors=errors,
        notice=visit.take("notice"),
    )
