"""A client that calls the catalogue's routes in the process."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp

from libs.bangladesh.geography import postcodes
from libs.database.pool import Database
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.areas.routes import routes as area_routes
from services.catalogue.areas.rules import reference_areas
from services.catalogue.public_services.reference import Reference, read_reference
from services.catalogue.public_services.routes import routes as public_service_routes
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.snapshot import Snapshot
from tests.libs.web.running import Answer, app_with, ask
from tests.waiting import until


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the catalogue's routes."""

    app: ASGIApp

    async def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Get a path, which may be percent-encoded."""
        return await ask(self.app, "GET", f"{path}?{urlencode(params or {})}", headers=headers)


def client_of(services: Snapshot[ServiceIndex], areas: Snapshot[AreaIndex]) -> Client:
    """Return a client of the routes with these snapshots."""
    return Client(
        app_with(
            *public_service_routes.bind("catalogue", [services]),
            *area_routes.bind("catalogue", [areas]),
        )
    )


def reference_client(reference: Reference | None = None) -> Client:
    """Return a client of the routes with the reference, without a database."""
    reference = reference or read_reference()
    services, areas = Snapshot[ServiceIndex](60), Snapshot[AreaIndex](60)
    services.replace(ServiceIndex(reference.services, reference.bodies))
    areas.replace(reference_area_index())
    return client_of(services, areas)


@cache
def reference_area_index() -> AreaIndex:
    """Return the index of the reference areas."""
    return AreaIndex(reference_areas(), postcodes())


async def until_waiting(database: Database, task: "asyncio.Task[Any]") -> None:
    """Wait until a task is blocked by a database lock, or has ended."""

    async def is_waiting() -> bool:
        async with database.transaction() as tx:
            waiting = await tx.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return task.done() or bool(waiting)

    await until(is_waiting)
