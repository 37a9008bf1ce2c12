"""Pages of the login by a one-time code."""

import secrets
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.phone import mask
from libs.clock import Clock
from libs.contracts.identity import CodeSent, ExchangeCode, LoginTokens, Profile, RequestCode
from libs.errors import Unavailable
from libs.pages.centre_devices import CentreDevices
from libs.pages.errors import PageError
from libs.pages.failures import with_retry_after
from libs.pages.gateway import ApiProblem, Gateway, LoginNeeded, login_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Login, Visit, safe_path, visit_of
from libs.pages.waiting import FIELD, WaitingAnswers, go_on
from libs.web.callers.dpop import PROOF_HEADER
from libs.web.handling.routes import Routes
from services.portal.sessions.logins import BACK
from services.portal.sessions.rules import readable_phone

routes = Routes(public=False)
_LOGIN = "/v1/login/tokens"
_KEY_BYTES = 16


@routes.get("/login")
async def show_login(request: Request, pages: Pages) -> Response:
    """Ask for the mobile number."""
    visit = visit_of(request)
    next_path = safe_path(request.query_params.get("next", "/"))
    if visit.login is not None:
        return pages.go(request, next_path)
    lost = request.query_params.get("lost") == "file"
    return _phone_page(request, pages, next_path=next_path, lost=lost)


@routes.post("/login")
async def ask_for_code(
    request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Have a one-time code sent to the mobile number; with `switch` the page is only shown."""
    visit, phone = visit_of(request), posted.text("phone")
    next_path, waiting = safe_path(posted.text("next")), posted.text(FIELD)
    if "switch" in posted:
        return _phone_page(request, pages, phone=phone, next_path=next_path, waiting=waiting)
    number = readable_phone(phone)
    code_request = RequestCode.model_construct(phone=number, device_token=visit.devices.get(number))
    try:
        sent = await gateway.post(
            visit, "/v1/login/codes", code_request, model=CodeSent, personal=False
        )
    except ApiProblem as failure:
        if failure.code == "codes_too_many_for_phone":  # the last code still works: ask for it
            visit.keep(code_phone=number)
            page = _code_page(
                request,
                pages,
                next_path=next_path,
                waiting=waiting,
                is_sent=False,
                status=failure.problem.status,
                errors=[PageError("code", failure.message)],
            )
            return with_retry_after(page, failure)
        page = _phone_page(
            request,
            pages,
            phone=phone,
            next_path=next_path,
            waiting=waiting,
            status=failure.problem.status,
            errors=[PageError("phone", failure.message)],
        )
        return with_retry_after(page, failure)
    visit.keep(code_phone=number)
    if waiting:
        return _code_page(
            request,
            pages,
            next_path=next_path,
            waiting=waiting,
            accounts_only=sent.accounts_only,
        )
    path = f"/login/code?next={quote(next_path, safe='')}"
    return pages.go(request, path + ("&accounts_only=yes" if sent.accounts_only else ""))


@routes.get("/login/code")
async def show_code(request: Request, pages: Pages) -> Response:
    """Ask for the code."""
    next_path = safe_path(request.query_params.get("next", "/"))
    if not _code_phone(visit_of(request)):
        return pages.go(request, f"/login?next={quote(next_path, safe='')}")
    accounts_only = "accounts_only" in request.query_params
    return _code_page(request, pages, next_path=next_path, accounts_only=accounts_only)


@routes.post("/login/code")
async def log_in(  # noqa: PLR0913
    request: Request,
    posted: Posted,
    pages: Pages,
    gateway: Gateway,
    waiting_answers: WaitingAnswers,
    devices: CentreDevices,
    clock: Clock,
) -> Response:
    """Exchange the code for a session, and go on where the login was needed.

    With `switch` the page is only shown.
    """
    visit = visit_of(request)
    next_path, sealed = safe_path(posted.text("next")), posted.text(FIELD)
    phone = _code_phone(visit)
    if not phone:
        return pages.go(request, f"/login?next={quote(next_path, safe='')}")
    if "switch" in posted:
        return _code_page(request, pages, next_path=next_path, waiting=sealed)
    code = ExchangeCode.model_construct(
        phone=phone, code=posted.text("code")[:21], device_token=visit.devices.get(phone)
    )
    try:
        tokens = await gateway.post(
            visit,
            _LOGIN,
            code,
            model=LoginTokens,
            key=posted.text("key") or None,
            personal=False,
            headers=_proof_of_centre(visit, devices),
        )
    except ApiProblem as failure:
        page = _code_page(
            request,
            pages,
            next_path=next_path,
            waiting=sealed,
            status=failure.problem.status,
            errors=[PageError("code", failure.message)],
        )
        return with_retry_after(page, failure)
    login = await _with_citizen(login_of(tokens, "", phone, clock.now()), visit, gateway)
    waiting = waiting_answers.open(sealed, visit)
    visit.keep_device(phone, tokens.device_token)
    visit.log_in(login, is_new=True)
    visit.keep(code_phone="")
    if not sealed:
        return pages.go(request, next_path)
    return go_on(request, pages, waiting, login.person, "/applications", BACK)


@routes.post("/logout")
async def log_out(request: Request, _posted: Posted, pages: Pages, gateway: Gateway) -> Response:
    """End the session; on this device at once, also while the API does not answer."""
    visit = visit_of(request)
    with suppress(LoginNeeded, ApiProblem, Unavailable):  # it ends with its tokens, that nobody has
        await gateway.do(visit, "POST", "/v1/logout")
    visit.forget()
    return pages.go(request, "/")


def _phone_page(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    *,
    phone: str = "",
    next_path: str,
    waiting: str = "",
    lost: bool = False,
    status: int = 200,
    errors: list[PageError] | None = None,
) -> Response:
    return pages.show(
        request,
        "login.html",
        status=status,
        phone=phone,
        next=next_path,
        waiting=waiting,
        logged_out=False,
        lost=lost,
        errors=errors or [],
    )


def _code_page(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    *,
    next_path: str,
    waiting: str = "",
    accounts_only: bool = False,
    is_sent: bool = True,
    status: int = 200,
    errors: list[PageError] | None = None,
) -> Response:
    return pages.show(
        request,
        "code.html",
        is_sent=is_sent,
        accounts_only=accounts_only,
        status=status,
        phone=mask(_code_phone(visit_of(request))),
        next=next_path,
        waiting=waiting,
        key=secrets.token_urlsafe(_KEY_BYTES),
        errors=errors or [],
    )


def _code_phone(visit: Visit) -> str:
    """The phone, in E.164, to which a one-time code was sent; empty if none was."""
    phone: str = visit.session.get("code_phone", "")
    return phone


def _proof_of_centre(visit: Visit, devices: CentreDevices) -> dict[str, str] | None:
    """Return the header that says on which device of a centre a citizen logs in, if on one."""
    key = devices.key_of(visit)
    return {PROOF_HEADER.name.lower(): devices.proof(key, _LOGIN)} if key else None


async def _with_citizen(login: Login, visit: Visit, gateway: Gateway) -> Login:
    """Return a new login with the id of its citizen.

    The visit is not logged in before: if the API is away, the same form sent again still logs in.
    """
    logged_in = replace(visit, login=login)
    profile = await gateway.read(logged_in, Profile, "/v1/me", personal=True)
    return replace(logged_in.login or login, person=str(profile.citizen_id))
