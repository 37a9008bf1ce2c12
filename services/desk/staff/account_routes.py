"""The own account: password, passkeys, and where a person of staff is logged in."""

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.identity import SessionList
from libs.pages.gateway import Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_NOTICE = "session_ended"


@routes.get("/account")
async def show_own_account(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """My account, and where I am logged in."""
    listed = await gateway.read(staff, SessionList, "/v1/sessions", personal=True)
    return pages.show(
        request, "own_account.html", sessions=listed.items, is_ended=staff.take(_NOTICE)
    )


@routes.post("/account/sessions")
async def end_all_sessions(
    request: Request, _posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """End all my logins, this one too."""
    await gateway.do(staff, "DELETE", "/v1/sessions")
    staff.log_out()
    return pages.go(request, "/login")


@routes.post("/account/sessions/{session_id}")
async def end_session(
    session_id: str,
    request: Request,
    _posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """End one of my logins elsewhere."""
    await gateway.do(staff, "DELETE", path_of("/v1/sessions/{id}", id=session_id))
    staff.keep(**{_NOTICE: True})
    return pages.go(request, "/account")
