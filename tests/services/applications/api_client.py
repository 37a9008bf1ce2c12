"""The service's routes over a real database, and citizens who call them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp
from typing_extensions import override

from libs.clock import Clock
from libs.contracts.events import Event
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.errors import Refused
from libs.messaging.testing import consuming
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from libs.web.tokens import Caller, TokenChecker, bearer_token
from services.applications.lifecycle import consumers
from services.applications.lifecycle import routes as lifecycle
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions import routes as submissions
from services.applications.submissions.use_cases import submit_batch
from services.applications.timeline import routes as timeline
from tests.libs.web.asking import Got, app_of, ask
from tests.services.applications.builders import KARIM, NOW, RAHIMA, filled_cache, submission_body

_CITIZENS: Mapping[str, UUID] = {"rahima": RAHIMA, "karim": KARIM}


class KnownTokens(TokenChecker):
    """Accepts the citizens' names as tokens."""

    @override
    async def check(self, request: Request) -> Caller:
        citizen_id = _CITIZENS.get(bearer_token(request))
        if citizen_id is None:
            raise Refused("token_invalid")
        return Caller(citizen_id, frozenset({"citizen"}), citizen_id, expires_at_s=0)


@dataclass
class Api:
    """The routes, called in the process.

    Args:
        app: the routes as an application.
        database: their database.
        cache: their public services.
        now: the time that their clock tells.
    """

    app: ASGIApp
    database: Database
    cache: PublicServiceCache
    now: datetime = NOW

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

    async def consume(self, *events: Event) -> None:
        """Consume events of ministries."""
        async with (
            self.database.transaction() as tx,
            consuming(consumers.router, tx) as consume,
        ):
            await consume(*events)


@asynccontextmanager
async def running_api(
    database: Database, cache: PublicServiceCache | None = None
) -> AsyncIterator[Api]:
    """The routes with a group commit that runs."""
    cache, stop = cache or filled_cache(), asyncio.Event()
    group = GroupCommit("submit", database, submit_batch)
    client = HttpClient("identity", tracing=Tracing("test"), metrics=Metrics("test"))
    tokens = KnownTokens("http://127.0.0.1:9", client=client)
    provided = [tokens, cache, group, database, Clock(lambda: api.now)]
    capabilities = (submissions, timeline, lifecycle)
    routes = [route for one in capabilities for route in one.routes.bind("applications", provided)]
    api = Api(app_of(*routes), database, cache)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(group.run(stop))
        try:
            yield api
        finally:
            stop.set()
