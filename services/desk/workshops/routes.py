"""Pages on which workshops are set and recorded, and on which bodies read their minutes."""

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies
from libs.contracts.language import Text
from libs.contracts.questions import QuestionView
from libs.contracts.vendors import AskAboutBody
from libs.contracts.workshops import (
    CreateWorkshop,
    NeverCameList,
    WorkshopDetails,
    WorkshopList,
)
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.questions.words import words_in
from services.desk.staff.forms import errors_of, search_in, typed_as
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_ALL: Final = "/v1/programme/workshops"
_PAGE: Final = "/programme/workshops"
_BODY: Final = "body-"


@routes.get(_PAGE)
async def show_workshops(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The workshops, which bodies have never come, and a form to set one."""
    return await _workshops(request, pages, gateway, staff, Posted())


@routes.post(_PAGE)
async def create_workshop(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Set a workshop, and invite the bodies that are ticked, or all that owe a list."""
    ticked = _ticked(posted)
    invited = {"bodies": ticked} if ticked else {}
    wanted = typed_as(CreateWorkshop, posted, ("topic", "day", "place"), **invited)
    try:
        made = await gateway.post(staff, _ALL, wanted, model=WorkshopDetails)
    except ApiProblem as failure:
        return await _workshops(request, pages, gateway, staff, posted, failure)
    return pages.go(request, f"{_PAGE}/{made.workshop.workshop_id}")


@routes.get(f"{_PAGE}/{{workshop_id}}")
async def show_workshop(
    workshop_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A workshop: who came, what was asked, and the minutes."""
    return await _workshop(request, pages, gateway, staff, workshop_id, Posted())


@routes.post(f"{_PAGE}/{{workshop_id}}")
async def record_workshop(
    workshop_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Record who came, a question, or the minutes, as the button says."""
    path, action = path_of(f"{_ALL}/{{id}}", id=str(workshop_id)), posted.text("action")
    try:
        match action:
            case "came":
                body = {"bodies": _ticked(posted)}
                await gateway.replace(staff, f"{path}/attendance", body, model=WorkshopDetails)
            case "minutes":
                said = {"minutes": words_in(posted, "minutes")}
                await gateway.replace(staff, f"{path}/minutes", said, model=WorkshopDetails)
            case _:
                asked = AskAboutBody.model_construct(
                    body=posted.text("body"), question=words_in(posted, "question")
                )
                await gateway.post(staff, f"{path}/questions", asked, model=QuestionView)
    except ApiProblem as failure:
        place = {"came": "bodies", "minutes": "minutes"}.get(action, "question")
        return await _workshop(request, pages, gateway, staff, workshop_id, posted, failure, place)
    return pages.go(request, f"{_PAGE}/{workshop_id}")


@routes.get("/own/workshops")
async def show_own_workshops(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The workshops to which the own body is invited, with their minutes."""
    query = {"after": search_in(request)["after"]}
    path = "/v1/programme/own/workshops"
    listed = await gateway.read(staff, WorkshopList, path, query, personal=True)
    return pages.show(request, "own_workshops.html", listed=listed, query=query)


async def _workshops(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    query = {"after": search_in(request)["after"]}
    never = "/v1/programme/never-came"
    return pages.show(
        request,
        "workshops.html",
        status=failure.problem.status if failure else 200,
        listed=await gateway.read(staff, WorkshopList, _ALL, query, personal=True),
        never_came=await gateway.read(staff, NeverCameList, never, personal=True),
        query=query,
        names=_names(),
        may_record=_may_record(staff),
        typed=typed,
        errors=errors_of(failure, "topic") if failure else [],
    )


async def _workshop(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    workshop_id: UUID,
    typed: Posted,
    failure: ApiProblem | None = None,
    place: str = "bodies",
) -> Response:
    path = path_of(f"{_ALL}/{{id}}", id=str(workshop_id))
    details = await gateway.read(staff, WorkshopDetails, path, personal=True)
    came = {f"{_BODY}{body.body}": "yes" for body in details.bodies if body.attended}
    before = came | {"minutes": details.workshop.minutes or ""}
    return pages.show(
        request,
        "workshop.html",
        status=failure.problem.status if failure else 200,
        details=details,
        mailed_at={body.body: body.mailed_at for body in details.bodies},
        names=_names(),
        may_record=_may_record(staff),
        typed=typed or before,
        errors=errors_of(failure, place) if failure else [],
    )


def _ticked(posted: Posted) -> list[str]:
    """Return the bodies that are ticked: a box has the name `body-<id>`."""
    return [name.removeprefix(_BODY) for name in posted if name.startswith(_BODY)]


def _may_record(staff: Visit) -> bool:
    return "programme" in staff.session.get("roles", ())


def _names() -> dict[str, Text]:
    return {body.body_id: Text(bn=body.name_bn, en=body.name_en) for body in bodies()}
