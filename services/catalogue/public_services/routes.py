"""HTTP routes of public services, categories and bodies; responses come from memory."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.catalogue import (
    BodyList,
    CategoryList,
    DocumentKindList,
    LifeEventList,
    ServiceList,
    ServicesQuery,
    ServiceView,
)
from libs.contracts.publishing import ServiceHistory
from libs.web.handling.routes import Routes
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.snapshot import Snapshot

routes = Routes()


@routes.get(
    "/v1/services",
    answer=ServiceList,
    cached=True,
    problems=("category_not_found", "life_event_not_found", "body_not_found"),
)
async def list_services(
    query: ServicesQuery, request: Request, index: Snapshot[ServiceIndex]
) -> Response:
    """Find public services."""
    return index.answer(request, ServiceIndex.list_services, query)


@routes.get(
    "/v1/services/{public_service_id}",
    answer=ServiceView,
    cached=True,
    problems=("public_service_not_found",),
)
async def read_service(
    public_service_id: Annotated[
        str, Field(description="As in the list of services", examples=["S001"])
    ],
    request: Request,
    index: Snapshot[ServiceIndex],
) -> Response:
    """One public service with its form."""
    return index.answer(request, ServiceIndex.view, public_service_id)


@routes.get(
    "/v1/services/{public_service_id}/history",
    answer=ServiceHistory,
    cached=True,
    problems=("public_service_not_found",),
)
async def read_service_history(
    public_service_id: Annotated[
        str, Field(description="As in the list of services", examples=["S001"])
    ],
    request: Request,
    index: Snapshot[ServiceIndex],
) -> Response:
    """How what is said about a public service has changed, the newest first."""
    return index.answer(request, ServiceIndex.history, public_service_id)


@routes.get("/v1/categories", answer=CategoryList, cached=True)
async def list_categories(request: Request, index: Snapshot[ServiceIndex]) -> Response:
    """Kinds of public services."""
    return index.answer(request, ServiceIndex.categories)


@routes.get("/v1/life-events", answer=LifeEventList, cached=True)
async def list_life_events(request: Request, index: Snapshot[ServiceIndex]) -> Response:
    """Events of a life or a business, with the public services that one needs then."""
    return index.answer(request, ServiceIndex.life_events)


@routes.get("/v1/document-kinds", answer=DocumentKindList, cached=True)
async def list_document_kinds(request: Request, index: Snapshot[ServiceIndex]) -> Response:
    """Kinds of papers, and how a photo of each has to look."""
    return index.answer(request, ServiceIndex.document_kinds)


@routes.get("/v1/bodies", answer=BodyList, cached=True)
async def list_bodies(request: Request, index: Snapshot[ServiceIndex]) -> Response:
    """Ministries, ministry divisions and offices."""
    return index.answer(request, ServiceIndex.bodies)
