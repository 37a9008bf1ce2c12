"""Pages that show an application's status for its number, with a mobile number or a code."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import TrackApplication, TrackedApplication
from libs.contracts.language import Text
from libs.grievances import GRIEVANCE
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from services.portal.applications.rules import may_appeal, meaning_of

_EMPTY: Final = {
    "number": Text(bn="ট্র্যাকিং নম্বর লিখুন।", en="Write the tracking number."),
    "phone": Text(
        bn="মোবাইল নম্বর, বা রসিদের কোড লিখুন।",
        en="Write the mobile number, or the code of the receipt.",
    ),
}

routes = Routes(public=False)


@routes.get("/tracking")
async def ask_for_numbers(request: Request, pages: Pages) -> Response:
    """Ask for the tracking number, and the mobile number or the code of the receipt."""
    return _form(request, pages, Posted(), [], status=200)


@routes.post("/tracking")
async def track(request: Request, posted: Posted, pages: Pages, gateway: Gateway) -> Response:
    """Show the status; neither number is in an address, so this page has none of its own."""
    visit = visit_of(request)
    errors = [
        PageError(name, text.in_language(visit.language))
        for name, text in _EMPTY.items()
        if not posted.text(name) and not (name == "phone" and posted.text("code"))
    ]
    if errors:
        return _form(request, pages, posted, errors, status=422)
    numbers = TrackApplication.model_construct(
        tracking_number=posted.text("number"),
        phone=posted.text("phone") or None,
        tracking_code=posted.text("code") or None,
    )
    try:
        tracked = await gateway.post(
            visit, "/v1/tracking", numbers, model=TrackedApplication, personal=False
        )
    except ApiProblem as failure:
        status = failure.problem.status if failure.retry_after_s else 422
        errors = [PageError("number", failure.problem.detail)]
        return _form(request, pages, posted, errors, status=status)
    return pages.show(
        request,
        "tracking.html",
        typed=posted,
        errors=[],
        tracked=tracked,
        may_appeal=may_appeal(tracked, gateway.clock.now()),
        meaning=meaning_of(
            tracked.status, tracked.step, is_grievance=tracked.public_service_id == GRIEVANCE
        ),
    )


def _form(
    request: Request, pages: Pages, typed: Posted, errors: list[PageError], *, status: int
) -> Response:
    return pages.show(
        request, "tracking.html", status=status, typed=typed, errors=errors, tracked=None
    )
