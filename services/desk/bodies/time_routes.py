"""Pages about the time of a body: who was reminded of what, and longer by two people."""

from typing import Any, Final, get_args
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.programme import (
    BodyDetails,
    ExtensionProposal,
    ExtensionProposalList,
    ProposeExtension,
    ReminderList,
    Superior,
)
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.proposals import answer_proposal, find_own
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/programme/bodies"
_PAGE: Final = "/programme/bodies/{body}/time"


@routes.get(_PAGE)
async def show_time(
    body: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Who was reminded of what, who is told of delay, and what was extended."""
    return await _page(request, pages, gateway, staff, body, Posted())


@routes.post(f"{_PAGE}/extensions")
async def propose_extension(
    body: str, request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Propose longer for a step."""
    typed: Any = {name: posted.text(name) for name in ("step", "due_on", "reason")}
    path, wanted = f"{_of(body)}/extensions", ProposeExtension.model_construct(**typed)
    try:
        await gateway.post(staff, path, wanted, model=ExtensionProposal)
    except ApiProblem as failure:
        return await _page(request, pages, gateway, staff, body, posted, failure)
    return pages.go(request, path_of(_PAGE, body=body))


@routes.post(f"{_PAGE}/extensions/{{act_id}}")
async def answer_extension(  # noqa: PLR0913
    body: str,
    act_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Give longer as another person has proposed, or say why not."""
    path = path_of("/v1/programme/extensions/{act_id}", act_id=str(act_id))
    try:
        await answer_proposal(gateway, staff, path, posted, ExtensionProposal)
    except ApiProblem as failure:
        return await _page(request, pages, gateway, staff, body, posted, failure)
    return pages.go(request, path_of(_PAGE, body=body))


@routes.post(f"{_PAGE}/superiors")
async def put_superior(
    body: str, request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Set the post that late steps are brought to."""
    path = path_of(f"{_API}/{{body}}/superiors/{{id}}", body=body, id=posted.text("superior"))
    wanted = {name: posted.text(name) for name in ("post", "mail", "evidence")}
    try:
        await gateway.replace(staff, path, wanted, model=ReminderList)
    except ApiProblem as failure:
        return await _page(request, pages, gateway, staff, body, posted, failure)
    return pages.go(request, path_of(_PAGE, body=body))


def _of(body: str) -> str:
    return path_of(f"{_API}/{{body}}", body=body)


async def _page(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    body: str,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    path = _of(body)
    proposals = await gateway.read(
        staff, ExtensionProposalList, f"{path}/extensions", personal=True
    )
    told = await gateway.read(staff, ReminderList, f"{path}/reminders", personal=True)
    return pages.show(
        request,
        "body_time.html",
        status=failure.problem.status if failure else 200,
        details=await gateway.read(staff, BodyDetails, path, personal=True),
        told=told,
        unknown_year=told.unknown_year,
        proposals=proposals.items,
        own=await find_own(gateway, staff, proposals.items),
        superiors=get_args(Superior),
        typed=typed,
        errors=_errors_of(failure, typed) if failure else [],
    )


def _errors_of(failure: ApiProblem, typed: Posted) -> list[PageError]:
    """Return what is wrong at its field; else at the first one of the form that was sent."""
    found = [
        PageError(error.pointer.removeprefix("/"), error.message)
        for error in failure.problem.errors
    ]
    return found or [PageError("post" if "post" in typed else "step", failure.message)]
