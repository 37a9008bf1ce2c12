"""Pages on which staff log in and out, and the first page of each role."""

from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.identity import ChangePassword, LogInStaff
from libs.contracts.language import Text
from libs.errors import Unavailable
from libs.pages.errors import PageError
from libs.pages.failures import with_retry_after
from libs.pages.gateway import ApiProblem, Gateway, LoginNeeded
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import HOME, safe_path, visit_of
from libs.pages.waiting import FIELD, WaitingAnswers, go_on, keep_small, kept_small
from libs.web.handling.routes import Routes
from services.desk.staff.logins import AWAY, BACK
from services.desk.staff.passkey_routes import passkey_in
from services.desk.staff.rules import first_page
from services.desk.staff.sessions import StaffSessions, StaffVisit

routes = Routes(public=False)
_FIELDS: Final = ("username", "password", "code", "new_password")
_DIFFERENT: Final = Text(
    bn="দুইবার লেখা পাসওয়ার্ড এক নয়। আবার লিখুন।",
    en="The two new passwords are not the same. Type them again.",
)


@routes.get("/")
async def show_first_page(request: Request, pages: Pages, staff: StaffVisit) -> Response:
    """Go to the first page of a role; a person without work here is told so."""
    page = first_page(staff.session.get("roles", ()))
    return pages.go(request, page) if page else pages.show(request, "nothing_yet.html")


@routes.get("/login")
async def show_login(request: Request, pages: Pages) -> Response:
    """Ask who works here; the login leads to the page that was asked for."""
    visit, wanted = visit_of(request), request.query_params.get("next")
    kept = "" if wanted else kept_small(visit)
    username = (visit.last_person or "") if kept else ""
    fields = {"next": safe_path(wanted or HOME), "username": username, FIELD: kept}
    return _login_page(request, pages, Posted(**fields))


@routes.post("/login")
async def log_in(
    request: Request,
    posted: Posted,
    pages: Pages,
    sessions: StaffSessions,
    waiting_answers: WaitingAnswers,
) -> Response:
    """Log a person in with password, and a passkey or the code of the app.

    With `switch` the page is only shown.
    """
    if "switch" in posted:
        return _login_page(request, pages, posted)
    wanted = LogInStaff.model_construct(
        username=posted.text("username")[:41],
        password=posted.get("password", "")[:201],
        code=posted.text("code")[:21] or None,
        passkey=passkey_in(posted),
    )
    visit, sealed = visit_of(request), posted.text(FIELD)
    waiting = waiting_answers.open(sealed, visit)
    is_kept = bool(sealed) and sealed == kept_small(visit)
    try:
        await sessions.log_in(visit, wanted)
    except ApiProblem as failure:
        if failure.code == "staff_password_initial":
            return _password_page(request, pages, wanted.username, is_first=True)
        page = _login_page(request, pages, posted, failure.problem.status, _at_field(failure))
        return with_retry_after(page, failure)
    except Unavailable:
        wrong = PageError("username", AWAY.in_language(visit.language))
        return _login_page(request, pages, posted, 503, wrong)
    if not sealed:
        return pages.go(request, safe_path(posted.get("next") or HOME))
    if is_kept and waiting is not None and waiting.person == wanted.username:
        keep_small(visit, waiting_answers.seal_again(waiting, visit))
        return pages.go(request, "/confirmed")
    return go_on(request, pages, waiting, wanted.username, HOME, BACK)


@routes.get("/password")
async def show_password(request: Request, pages: Pages) -> Response:
    """Ask for the password of now, a new one, and a code of the app."""
    return _password_page(request, pages, visit_of(request).last_person or "")


@routes.post("/password")
async def choose_password(
    request: Request, posted: Posted, pages: Pages, sessions: StaffSessions
) -> Response:
    """Replace a password, the initial one too, and go on to the first page."""
    username, language = posted.text("username")[:41], visit_of(request).language
    wanted = ChangePassword.model_construct(
        username=username,
        password=posted.get("password", "")[:201],
        code=posted.text("code")[:21] or None,
        passkey=None,
        new_password=posted.get("new_password", "")[:201],
    )
    if wanted.new_password != posted.get("new_password_again", "")[:201]:
        wrong = PageError("new_password_again", _DIFFERENT.in_language(language))
        return _password_page(request, pages, username, 422, wrong)
    try:
        await sessions.log_in(visit_of(request), wanted)
    except ApiProblem as failure:
        status = failure.problem.status
        page = _password_page(request, pages, username, status, _at_field(failure))
        return with_retry_after(page, failure)
    except Unavailable:
        wrong = PageError("username", AWAY.in_language(language))
        return _password_page(request, pages, username, 503, wrong)
    return pages.go(request, "/")


@routes.post("/logout")
async def log_out(
    request: Request, _posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """End the session, also while the API does not answer; the device stays enrolled."""
    with suppress(LoginNeeded, ApiProblem, Unavailable):  # it ends with its tokens, that nobody has
        await gateway.do(staff, "POST", "/v1/logout")
    staff.log_out()
    return pages.go(request, "/login")


def _at_field(failure: ApiProblem) -> PageError:
    """Return an error at its field."""
    errors = failure.problem.errors
    place = errors[0].pointer.removeprefix("/") if errors else ""
    if failure.code.startswith("staff_password_"):
        place = "new_password"
    return PageError(place if place in _FIELDS else "username", failure.message)


def _login_page(
    request: Request,
    pages: Pages,
    posted: Posted,
    status: int = 200,
    wrong: PageError | None = None,
) -> Response:
    return pages.show(
        request,
        "login.html",
        status=status,
        username=posted.text("username"),
        next=posted.text("next"),
        waiting=posted.text(FIELD),
        errors=[wrong] if wrong else [],
    )


def _password_page(
    request: Request,
    pages: Pages,
    username: str,
    status: int = 200,
    wrong: PageError | None = None,
    *,
    is_first: bool = False,
) -> Response:
    errors = [wrong] if wrong else []
    return pages.show(
        request,
        "password.html",
        status=status,
        username=username,
        is_first=is_first,
        errors=errors,
    )
