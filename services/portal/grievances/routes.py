"""What a grievance is, who answers and when; and its form, begun with what is known already."""

from collections.abc import Mapping
from dataclasses import replace
from http.client import NOT_FOUND
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import ApplicationView
from libs.contracts.catalogue import ServiceView
from libs.contracts.centres import RateBoard
from libs.errors import Refused
from libs.grievances import GRIEVANCE
from libs.pages.forms.filling import read_service, without_answers
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.portal.forms.use_cases import begin_new, save
from services.portal.forms.views import section_path

HELPERS_BODY: Final = "ictd"
"""The ICT Division, which leads the programme of the service centres."""

_ABOUT: Final = ("number", "service", "centre")

routes = Routes(public=False)


@routes.get("/grievance")
async def explain(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Say what a grievance is; its button begins one, about what the address names.

    Raises:
        ApiProblem: what the address names is not there.
    """
    visit = visit_of(request)
    about = {name: request.query_params.get(name, "")[:100] for name in _ABOUT}
    named = None
    if about["service"]:
        named = (await _read_about(gateway, visit, about["service"])).name
    if about["centre"]:
        named = (await _read_rates(gateway, visit, about["centre"])).centre.name
    try:
        service = await read_service(gateway, visit, GRIEVANCE)
    except ApiProblem as failure:
        if failure.problem.status != NOT_FOUND:
            raise
        service = None  # none is taken on this platform yet
    return pages.show(request, "grievance.html", service=service, topic=about, named=named)


@routes.post("/grievance")
async def begin(request: Request, posted: Posted, pages: Pages, gateway: Gateway) -> Response:
    """Store a draft with what is known, and lead to its first page, where all can be changed.

    Raises:
        Refused: no grievance is taken.
    """
    visit = visit_of(request)
    service = await read_service(gateway, visit, GRIEVANCE)
    if not service.open:
        raise Refused("public_service_closed")
    known = await _known(gateway, visit, {name: posted.text(name) for name in _ABOUT})
    filling = replace(without_answers(service, begin_new(visit)), typed=known)
    filling = await save(gateway, visit, filling)
    return pages.go(request, section_path(filling, filling.form.sections[0]))


async def _known(gateway: Gateway, visit: Visit, about: Mapping[str, str]) -> dict[str, str]:
    """Return the answers that follow from an application of mine, a service, or a centre."""
    if about["number"]:
        path = path_of("/v1/applications/{number}", number=about["number"])
        application = await gateway.read(visit, ApplicationView, path, personal=True)
        office = application.office.in_language(visit.language) if application.office else ""
        known = {
            "about": "application",
            "tracking_number": application.tracking_number,
            "body": application.ministry,
            "office": office,
            "service": application.public_service_id,
        }
    elif about["service"]:
        service = await _read_about(gateway, visit, about["service"])
        known = {
            "about": "service",
            "body": service.ministry,
            "service": service.public_service_id,
        }
    elif about["centre"]:
        board = await _read_rates(gateway, visit, about["centre"])
        name = board.centre.name.in_language(visit.language)
        known = {"about": "helper", "body": HELPERS_BODY, "office": name}
    else:
        known = {}
    return {name: value for name, value in known.items() if value}


async def _read_about(gateway: Gateway, visit: Visit, service_id: str) -> ServiceView:
    return await gateway.read(visit, ServiceView, path_of("/v1/services/{id}", id=service_id))


async def _read_rates(gateway: Gateway, visit: Visit, centre: str) -> RateBoard:
    return await gateway.read(visit, RateBoard, path_of("/v1/centres/{id}/rates", id=centre))
