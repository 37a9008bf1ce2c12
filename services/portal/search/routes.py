"""Pages to find a public service: home, results, life events, and the start page of a service."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.catalogue import Category, CategoryList, LifeEventList, ServiceList, ServiceView
from libs.contracts.language import Text
from libs.contracts.publishing import ServiceHistory
from libs.errors import Refused
from libs.grievances import GRIEVANCE
from libs.pages.formats import search_text
from libs.pages.gateway import Gateway, path_of
from libs.pages.papers import DRAWINGS, read_kinds
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from services.portal.search.rules import (
    often_needed,
    papers_of,
    required_of,
    shown_categories,
    who_can_apply,
)

routes = Routes(public=False)


@routes.get("/")
async def show_home(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """The home page: search, services that many need, and events of a life."""
    visit = visit_of(request)
    events, services = await asyncio.gather(
        gateway.read(visit, LifeEventList, "/v1/life-events"),
        gateway.read(visit, ServiceList, "/v1/services"),
    )
    return pages.show(
        request,
        "home.html",
        events=events.items,
        often=often_needed(services.items),
        total=services.total,
        q="",
    )


@routes.get("/services")
async def show_results(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Show services that match the query; or all of them, and their kinds."""
    q, visit = search_text(request.query_params.get("q", "")), visit_of(request)
    found = await gateway.read(visit, ServiceList, "/v1/services", {"q": q or None})
    listed = None if q else await gateway.read(visit, CategoryList, "/v1/categories")
    categories = shown_categories(listed.items) if listed else []
    return _results(request, pages, found, q=q, categories=categories)


@routes.get("/categories/{category}")
async def show_category(
    category: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """The services of one kind.

    Raises:
        Refused: there is no such kind.
    """
    visit = visit_of(request)
    listed = await gateway.read(visit, CategoryList, "/v1/categories")
    kind = next((entry for entry in listed.items if entry.category == category), None)
    if kind is None:
        raise Refused("not_found")
    found = await gateway.read(visit, ServiceList, "/v1/services", {"category": category})
    return _results(request, pages, found, heading=kind.name)


@routes.get("/life-events/{life_event}")
async def show_life_event(
    life_event: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """The services that one needs in an event of life, the most often needed first.

    Raises:
        Refused: there is no such event.
    """
    visit = visit_of(request)
    listed = await gateway.read(visit, LifeEventList, "/v1/life-events")
    event = next((entry for entry in listed.items if entry.life_event == life_event), None)
    if event is None:
        raise Refused("not_found")
    found = await gateway.read(visit, ServiceList, "/v1/services", {"life_event": life_event})
    return _results(request, pages, found, heading=event.name)


@routes.get("/services/{public_service_id}")
async def show_service(
    public_service_id: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Show a service: who can apply, fee, days, papers, and the next steps.

    That of grievances has a page of its own.
    """
    if public_service_id == GRIEVANCE:
        return pages.go(request, "/grievance")
    path = path_of("/v1/services/{id}", id=public_service_id)
    visit = visit_of(request)
    service, kinds = await asyncio.gather(
        gateway.read(visit, ServiceView, path), read_kinds(gateway, visit)
    )
    return pages.show(
        request,
        "service.html",
        service=service,
        required=required_of(service),
        papers=papers_of(service),
        who=who_can_apply(service, kinds),
        kinds=kinds,
        drawings=DRAWINGS,
    )


@routes.get("/services/{public_service_id}/history")
async def show_service_history(
    public_service_id: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """How what is said about a service has changed, in words, the newest first."""
    path = path_of("/v1/services/{id}/history", id=public_service_id)
    history = await gateway.read(visit_of(request), ServiceHistory, path)
    return pages.show(request, "service_history.html", history=history)


def _results(
    request: Request,
    pages: Pages,
    found: ServiceList,
    *,
    q: str = "",
    heading: Text | None = None,
    categories: Sequence[Category] = (),
) -> Response:
    return pages.show(
        request, "results.html", q=q, found=found, heading=heading, categories=categories
    )
