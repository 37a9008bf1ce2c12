"""The page on which staff show once more who they are, before acts that need it, and go on."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.identity import ProveIdentity
from libs.contracts.language import Text
from libs.errors import Unavailable
from libs.pages.errors import PageError
from libs.pages.failures import with_retry_after
from libs.pages.gateway import ApiProblem, LoginNeeded
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.pages.waiting import FIELD, WaitingAnswers, go_on, kept_small, take_small
from libs.web.handling.routes import Routes
from services.desk.staff.logins import AWAY, BACK, TO_PASSKEYS
from services.desk.staff.passkey_routes import passkey_in
from services.desk.staff.sessions import StaffSessions, StaffVisit

routes = Routes(public=False)
_CONFIRMED: Final = Text(bn="আবার নিশ্চিত হয়েছে, এটি আপনি", en="Confirmed: it is you")


@routes.get("/confirm")
async def show_confirmation(request: Request, staff: StaffVisit, pages: Pages) -> Response:
    """Ask for password and second factor once more."""
    return _page(request, pages, kept_small(staff), to=request.query_params.get("to", ""))


@routes.post("/confirm")
async def confirm_login(
    request: Request,
    posted: Posted,
    pages: Pages,
    sessions: StaffSessions,
    waiting_answers: WaitingAnswers,
) -> Response:
    """Confirm the login, and go on with the form that waits; with `switch` only show the page.

    If the login has ended meanwhile, the form waits for the next one.
    """
    visit, sealed, to = visit_of(request), posted.text(FIELD), posted.text("to")
    if "switch" in posted:
        return _page(request, pages, sealed, to)
    wanted = ProveIdentity.model_construct(
        password=posted.get("password", "")[:201],
        code=posted.text("code")[:21] or None,
        passkey=passkey_in(posted),
    )
    try:
        await sessions.confirm(await sessions.read(request), wanted)
    except LoginNeeded:
        username = visit.last_person or ""
        return pages.show(
            request,
            "login.html",
            status=401,
            username=username,
            next="",
            waiting=sealed,
            errors=[],
        )
    except ApiProblem as failure:
        wrong = PageError("password", failure.message, failure.problem.status)
        return with_retry_after(_page(request, pages, sealed, to, wrong), failure)
    except Unavailable:
        wrong = PageError("password", AWAY.in_language(visit.language), 503)
        return _page(request, pages, sealed, to, wrong)
    if not sealed:
        return pages.go(request, "/passkeys" if to == TO_PASSKEYS else "/")
    if sealed == kept_small(visit):
        return pages.go(request, "/confirmed")
    waiting = waiting_answers.open(sealed, visit)
    return go_on(request, pages, waiting, visit.last_person or "", "/", BACK, _CONFIRMED)


@routes.get("/confirmed")
async def show_waiting(
    request: Request, staff: StaffVisit, pages: Pages, waiting_answers: WaitingAnswers
) -> Response:
    """Show the form that has waited for a login or its confirmation, once, to be sent."""
    waiting = waiting_answers.open(take_small(staff), staff)
    if waiting is None:
        return pages.go(request, "/")
    return go_on(request, pages, waiting, staff.last_person or "", "/", BACK, _CONFIRMED)


def _page(
    request: Request,
    pages: Pages,
    sealed: str = "",
    to: str = "",
    wrong: PageError | None = None,
) -> Response:
    status, errors = (wrong.status, [wrong]) if wrong else (200, [])
    return pages.show(request, "confirm.html", status=status, waiting=sealed, to=to, errors=errors)
