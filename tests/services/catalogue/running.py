"""The catalogue's routes over what is offered, called in the process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlencode

import orjson
from starlette.types import ASGIApp, Message

from libs.database.pool import Database
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app
from services.catalogue.api import CatalogueApi
from services.catalogue.atlas import Atlas
from services.catalogue.reference_files import read_reference
from services.catalogue.serving import Serving, Stock
from services.catalogue.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Answer:
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
    ) -> Answer:
        """Ask for a path, which may be percent-encoded."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(_scope(path, params or {}, headers or {}), receive, send)
        start = sent[0]
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], found, b"".join(each.get("body", b"") for each in sent[1:]))


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


def caller_of(stock: Callable[[], Stock]) -> Caller:
    """A caller of the routes over what is offered."""
    return Caller(
        make_app(
            CatalogueApi(stock, cache_s=60).routes(),
            service="catalogue",
            tracing=Tracing("catalogue"),
            metrics=Metrics("catalogue"),
            health=dict,
        )
    )


@cache
def reference_stock() -> Stock:
    """What the reference offers, without a database."""
    reference = read_reference()
    shelf = Shelf(reference.services, reference.bodies)
    return Stock(1, shelf, Atlas(reference.areas, reference.postcodes))


def serving_from(database: Database) -> Serving:
    """A part that serves from a database, not yet started."""
    return Serving(database, Tracing("catalogue"), refresh_s=0.05)


async def until(look: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    """Look every hundredth of a second until it is as wanted, for 15 seconds at most."""
    for _ in range(1_500):
        if await look() == wanted:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"did not become {wanted}")
