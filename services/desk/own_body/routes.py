"""Pages of a focal point about the own body."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.bodies import bodies
from libs.contracts.language import Text
from libs.contracts.programme import BodyDetails, FactView, RecordFact
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)


@routes.get("/own")
async def show_own_body(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The own body: what is due and when, and what has happened."""
    return await _page(request, pages, gateway, staff, Posted())


@routes.post("/own")
async def record_own_fact(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Record the list, that the instructions were received, or the vendor."""
    typed: Any = {name: posted.text(name) for name in ("kind", "day", "evidence")}
    if typed["kind"] == "list_received":
        lines = (line.strip() for line in posted.text("others").splitlines())
        typed["others"] = [line for line in lines if line]
        ticked = (name for name in posted if name.startswith("service-"))
        typed["public_service_ids"] = [name.removeprefix("service-") for name in ticked]
    elif typed["kind"] == "vendor_named":
        typed["vendor"] = posted.text("vendor")
    try:
        wanted = RecordFact.model_construct(**typed)
        await gateway.post(staff, "/v1/programme/own/facts", wanted, model=FactView)
    except ApiProblem as failure:
        return await _page(request, pages, gateway, staff, posted, failure)
    staff.keep(recorded=True)
    return pages.go(request, "/own")


async def _page(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    details = await gateway.read(staff, BodyDetails, "/v1/programme/own", personal=True)
    errors = failure.problem.errors if failure else []
    places = {error.pointer.removeprefix("/").partition("/")[0] for error in errors}
    place = next(iter(places & {"day", "evidence", "others", "vendor"}), "day")
    return pages.show(
        request,
        "own_body.html",
        status=failure.problem.status if failure else 200,
        details=details,
        typed=typed,
        is_recorded=bool(staff.take("recorded")),
        names={body.body_id: Text(bn=body.name_bn, en=body.name_en) for body in bodies()},
        services={service.public_service_id: service for service in details.public_services},
        errors=[PageError(place, failure.message)] if failure else [],
    )
