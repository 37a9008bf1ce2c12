"""Pages on which the programme and focal points read what citizens wrote after decisions."""

import re
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.catalogue import ServiceList, ServiceSummary
from libs.contracts.feedback import SentencesOfFeedback
from libs.contracts.programme import BodyDetails, ServiceOfBody
from libs.pages.gateway import Gateway, path_of
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_MONTHS: Final = 13
_MONTH: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)


@routes.get("/programme/feedback")
async def show_feedback(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What citizens wrote about a public service in a month; before one is chosen, the choice."""
    services = (await gateway.read(staff, ServiceList, "/v1/services")).items
    return await _page(request, staff, pages, gateway, services, "/programme/feedback")


@routes.get("/own/feedback")
async def show_own_feedback(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The same for a focal point, of the own body's services."""
    own = await gateway.read(staff, BodyDetails, "/v1/programme/own", personal=True)
    return await _page(request, staff, pages, gateway, own.public_services, "/own/feedback")


async def _page(
    request: Request,
    staff: Visit,
    pages: Pages,
    gateway: Gateway,
    services: Sequence[ServiceSummary | ServiceOfBody],
    here: str,
) -> Response:
    asked = request.query_params
    month = asked.get("month", "")
    chosen = next((one for one in services if one.public_service_id == asked.get("service")), None)
    found = None
    if chosen is not None and _MONTH.fullmatch(month):
        path = path_of("/v1/services/{id}/feedback/sentences", id=chosen.public_service_id)
        query = {"month": f"{month}-01"}
        found = await gateway.read(staff, SentencesOfFeedback, path, query, personal=True)
    return pages.show(
        request,
        "feedback_sentences.html",
        services=services,
        months=list(_months(gateway)),
        chosen=chosen,
        month=month,
        found=found.items if found else None,
        is_withheld=found is not None and found.is_withheld,
        here=here,
    )


def _months(gateway: Gateway) -> list[str]:
    """Return this month in Dhaka and the twelve before, the newest first."""
    today = dhaka_date(gateway.clock.now())
    count = today.year * 12 + today.month - 1
    return [f"{each // 12}-{each % 12 + 1:02d}" for each in range(count, count - _MONTHS, -1)]
