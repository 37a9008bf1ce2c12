"""The page of those who lead: where the programme is."""

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.programme import ProgrammeFigures
from libs.pages.gateway import Gateway
from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)


@routes.get("/leadership")
async def show_leadership(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Bodies, citizens and trust on one page, and the ten that are most overdue."""
    found = await gateway.read(staff, ProgrammeFigures, "/v1/programme/figures", personal=True)
    is_programme = "programme" in staff.session.get("roles", ())
    return pages.show(request, "leadership.html", found=found, leads_down=is_programme)
