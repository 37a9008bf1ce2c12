"""HTTP routes of public services, categories and bodies, answered from memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.catalogue.public_services.service_index import ServiceIndex, ServiceQuery
from services.catalogue.responses import (
    CachedBodies,
    bool_query,
    conditional_response,
    int_query,
)

LIMIT_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class PublicServiceRoutes:
    """Routes of public services, categories and bodies.

    Args:
        bodies: returns the bodies of the current index.
        cache_control: of every answer.
    """

    bodies: Callable[[], CachedBodies[ServiceIndex]]
    cache_control: str

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/v1/services", self.list_services),
            Route("/v1/services/{public_service_id}", self.view_service),
            Route("/v1/categories", self.list_categories),
            Route("/v1/bodies", self.list_bodies),
        ]

    async def list_services(self, request: Request) -> Response:
        """List, filter and search public services."""
        query = ServiceQuery(
            q=request.query_params.get("q"),
            category=request.query_params.get("category"),
            body=request.query_params.get("body"),
            open=bool_query(request, "open"),
            limit=int_query(request, "limit", LIMIT_MAX, minimum=1, maximum=LIMIT_MAX),
        )
        body = self.bodies().read(ServiceIndex.list_services, query)
        return conditional_response(request, body, self.cache_control)

    async def view_service(self, request: Request) -> Response:
        """Show one public service with its form."""
        public_service_id: str = request.path_params["public_service_id"]
        body = self.bodies().read(ServiceIndex.view, public_service_id)
        return conditional_response(request, body, self.cache_control)

    async def list_categories(self, request: Request) -> Response:
        """List the categories."""
        body = self.bodies().read(ServiceIndex.categories)
        return conditional_response(request, body, self.cache_control)

    async def list_bodies(self, request: Request) -> Response:
        """List the bodies of government."""
        body = self.bodies().read(ServiceIndex.bodies)
        return conditional_response(request, body, self.cache_control)
