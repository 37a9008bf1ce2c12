"""The service's routes over a real database, and citizens who call them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from starlette.types import ASGIApp

from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app
from services.applications.lifecycle import routes as lifecycle_routes
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions import routes as submissions_routes
from services.applications.submissions.use_cases import submit_batch
from services.applications.tracking import routes as tracking_routes
from tests.libs.web.asking import Got, ask
from tests.services.applications.builders import (
    KARIM,
    RAHIMA,
    Clock,
    filled_cache,
    submission_body,
)


@dataclass(frozen=True)
class _Caller:
    citizen_id: UUID


class KnownTokens:
    """Accepts the citizens' names as tokens."""

    async def check(self, request: Any) -> _Caller:
        """As TokenChecker does."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            raise Refused("token_missing")
        known = {"rahima": RAHIMA, "karim": KARIM}
        if token not in known:
            raise Refused("token_invalid")
        return _Caller(known[token])


@dataclass
class Api:
    """The routes, called in the process."""

    app: ASGIApp
    cache: PublicServiceCache
    clock: Clock

    async def submit(self, key: str = "first-click", who: str = "rahima", **fields: Any) -> Got:
        """Submit an application."""
        return await self.post("/v1/applications", submission_body(**fields), who=who, key=key)

    async def get(self, path: str, who: str = "rahima") -> Got:
        """Send a GET request."""
        return await ask(self.app, "GET", path, headers={"authorization": f"Bearer {who}"})

    async def post(
        self, path: str, body: Any = None, *, who: str = "rahima", key: str | None = None
    ) -> Got:
        """Send a POST request, with an Idempotency-Key where one is given."""
        headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
        if key is not None:
            headers["idempotency-key"] = key
        raw = b"" if body is None else orjson.dumps(body)
        return await self.send("POST", path, raw, headers)

    async def send(self, method: str, path: str, raw: bytes, headers: Mapping[str, str]) -> Got:
        """Send raw bytes."""
        return await ask(self.app, method, path, headers=headers, chunks=[raw])


@asynccontextmanager
async def running_api(
    database: Database, cache: PublicServiceCache | None = None
) -> AsyncIterator[Api]:
    """The routes with a group commit that runs."""
    cache, clock, stop = cache or filled_cache(), Clock(), asyncio.Event()
    group = GroupCommit("submit", database, submit_batch)
    tokens: Any = KnownTokens()
    app = make_app(
        [
            *submissions_routes.routes(database, tokens, cache, group, clock),
            *lifecycle_routes.routes(database, tokens, cache, clock),
            *tracking_routes.routes(database, tokens, cache),
        ],
        service="applications",
        tracing=Tracing("applications"),
        metrics=Metrics("applications"),
        health=dict,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(group.run(stop))
        try:
            yield Api(app, cache, clock)
        finally:
            stop.set()
