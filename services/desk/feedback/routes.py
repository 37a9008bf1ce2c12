"""A page on which the programme's staff read what citizens wrote after decisions."""

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.catalogue import ServiceList
from libs.contracts.feedback import SentencesOfFeedback
from libs.pages.gateway import Gateway, path_of
from libs.pages.rendering import Pages
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
    asked = request.query_params
    month = asked.get("month", "")
    services = (await gateway.read(staff, ServiceList, "/v1/services")).items
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
    )


def _months(gateway: Gateway) -> list[str]:
    """Return this month in Dhaka and the twelve before, the newest first."""
    today = dhaka_date(gateway.clock.now())
    count = today.year * 12 + today.month - 1
    return [f"{each // 12}-{each % 12 + 1:02d}" for each in range(count, count - _MONTHS, -1)]
