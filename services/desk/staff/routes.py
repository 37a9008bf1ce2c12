"""Pages on which staff log in and out, and the first page of each role."""

from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.identity import LogInStaff
from libs.contracts.language import Text
from libs.errors import Unavailable
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, LoginNeeded
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.pages.waiting import FIELD, WaitingAnswers, go_on
from libs.web.handling.routes import Routes
from services.desk.staff.logins import BACK
from services.desk.staff.passkey_routes import passkey_in
from services.desk.staff.rules import first_page
from services.desk.staff.sessions import StaffSessions, StaffVisit

routes = Routes(public=False)
_AWAY: Final = Text(
    bn="সেবা এখন পাওয়া যাচ্ছে না। কিছুক্ষণ পর আবার চেষ্টা করুন।",
    en="The service does not answer just now. Try again in a while.",
)


@routes.get("/")
async def show_first_page(request: Request, pages: Pages, staff: StaffVisit) -> Response:
    """Where the work of a role begins; whoever has nothing here yet is told so."""
    page = first_page(staff.session.get("roles", ()))
    return pages.go(request, page) if page else pages.show(request, "nothing_yet.html")


@routes.get("/login")
async def show_login(request: Request, pages: Pages) -> Response:
    """Ask who works here."""
    return pages.show(request, "login.html", username="", waiting="", errors=[])


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
    try:
        await sessions.log_in(visit, wanted)
    except ApiProblem as failure:
        return _login_page(request, pages, posted, failure.problem.status, failure.message)
    except Unavailable:
        return _login_page(request, pages, posted, 503, _AWAY.in_language(visit.language))
    if not sealed:
        return pages.go(request, "/")
    return go_on(request, pages, waiting, wanted.username, "/", BACK)


@routes.post("/logout")
async def log_out(
    request: Request, _posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """End the session, also while the API does not answer; the device stays enrolled."""
    with suppress(LoginNeeded, ApiProblem, Unavailable):  # it ends with its tokens, that nobody has
        await gateway.do(staff, "POST", "/v1/logout")
    staff.log_out()
    return pages.go(request, "/login")


def _login_page(
    request: Request, pages: Pages, posted: Posted, status: int = 200, wrong: str = ""
) -> Response:
    return pages.show(
        request,
        "login.html",
        status=status,
        username=posted.text("username"),
        waiting=posted.text(FIELD),
        errors=[PageError("username", wrong)] if wrong else [],
    )
