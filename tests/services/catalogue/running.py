"""The catalogue's routes, called in the process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlencode

import orjson
from starlette.types import ASGIApp, Message

from libs.bangladesh.geography import postcodes
from libs.database.pool import Database
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.areas.routes import AreaRoutes
from services.catalogue.areas.rules import reference_areas
from services.catalogue.public_services.reference import Reference, read_reference
from services.catalogue.public_services.routes import PublicServiceRoutes
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.responses import CachedBodies, cache_control
from services.catalogue.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class Reply:
    """What a caller sees."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return orjson.loads(self.content)

    @property
    def problem(self) -> tuple[int, str, list[str]]:
        """Status, code of the problem, and the pointers to what is wrong."""
        assert self.headers["content-type"] == "application/problem+json"
        body = self.json()
        pointers = [error["pointer"] for error in body.get("errors", [])]
        return self.status, str(body["type"]).removeprefix("/problems/"), pointers


@dataclass(frozen=True, slots=True)
class Caller:
    """A frontend that reads the catalogue."""

    app: ASGIApp

    async def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Get a path, which may be percent-encoded."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(_scope(path, params or {}, headers or {}), receive, send)
        start = sent[0]
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(
            start["status"], found, b"".join(message.get("body", b"") for message in sent[1:])
        )


def _scope(path: str, params: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": urlencode(params).encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("catalogue", 80),
    }


def caller_of(
    services: Callable[[], CachedBodies[ServiceIndex]], areas: Callable[[], CachedBodies[AreaIndex]]
) -> Caller:
    """A caller of the routes over these indexes."""
    caching = cache_control(60)
    return Caller(
        make_app(
            [
                *PublicServiceRoutes(services, caching).routes(),
                *AreaRoutes(areas, caching).routes(),
            ],
            service="catalogue",
            tracing=Tracing("catalogue"),
            metrics=Metrics("catalogue"),
            health=dict,
        )
    )


def reference_caller(reference: Reference | None = None) -> Caller:
    """A caller of the routes over the reference, without a database."""
    reference = reference or read_reference()
    services = CachedBodies(ServiceIndex(reference.services, reference.bodies))
    areas = CachedBodies(reference_area_index())
    return caller_of(lambda: services, lambda: areas)


@cache
def reference_area_index() -> AreaIndex:
    """The areas of the reference."""
    return AreaIndex(reference_areas(), postcodes())


def snapshots_from(database: Database) -> Snapshots:
    """Snapshots of a database, nothing read yet."""
    return Snapshots(database, Tracing("catalogue"), refresh_s=0.05)


async def until(look: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    """Look every hundredth of a second until the value is as wanted, for 15 seconds at most."""
    async with asyncio.timeout(15):
        while await look() != wanted:
            await asyncio.sleep(0.01)


async def until_waiting(database: Database, task: "asyncio.Task[Any]") -> None:
    """Wait until a task waits for a lock that another transaction holds, or has ended."""

    async def is_waiting() -> bool:
        async with database.transaction() as tx:
            waiting = await tx.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return task.done() or bool(waiting)

    await until(is_waiting, wanted=True)
