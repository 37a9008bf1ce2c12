"""A gateway with fake upstreams, and their responses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiohttp import web
from starlette.types import ASGIApp

from libs.addresses import TrustedProxies
from libs.contracts.applications import ApplicationSubmitted, ApplicationView, TimelineEntry
from libs.contracts.language import Text
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import TokenChecker
from libs.web.calling.client import HttpClient
from libs.web.handling.openapi import operations_of
from libs.web.signed.seals import Seals
from services.gateway.admission.guard import RequestGuard
from services.gateway.admission.open_streams import OpenStreams
from services.gateway.admission.rate_limits import RateLimits
from services.gateway.admission.rules import Limit
from services.gateway.documentation.document import api_document
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.forwarding.routes import Forwarding, forwarding_routes
from services.gateway.live import routes as live
from services.gateway.live.tickets import LiveTickets
from services.gateway.live.views import LiveViews
from services.gateway.live.watchers import Watchers
from services.gateway.settings import Settings
from services.gateway.upstream import Upstream, Upstreams
from tests.libs.web.running import CITIZEN, Identity, app_with, served

Play = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

OPERATIONS = [each for each in operations_of(api_document()) if "gateway" not in each.upstreams]
NAMES = {name for operation in OPERATIONS for name in operation.upstreams}
APPLICATION = new_id()
NUMBER = "NS-7K4M9-PXRT3-HC2D3"
SECRET = "only-for-the-tests-of-the-gateway"
AT = datetime(2026, 12, 16, 3, 30, tzinfo=UTC)


@dataclass
class Scene:
    """A gateway under test, and the requests that its upstreams received."""

    app: ASGIApp
    upstream: Upstream
    guard: RequestGuard
    tokens: TokenChecker
    identity: Identity
    cache: ResponseCache
    watchers: Watchers
    asked: list[web.BaseRequest] = field(default_factory=list)

    def login(self, **claims: Any) -> dict[str, str]:
        """The header that a citizen who has logged in sends."""
        return {"authorization": f"Bearer {self.identity.token(**claims)}"}


@asynccontextmanager
async def scene(
    play: Play,
    *,
    deadline_s: float = 1.0,
    burst: float = 1_000,
    lookups: float = 1_000,
    connections: int = 100,
    url: str | None = None,
    proxies: str = "",
    tracing: Tracing | None = None,
    **settings: Any,
) -> AsyncIterator[Scene]:
    """A gateway whose upstreams all respond like `play`, or are at `url`."""
    identity, metrics = Identity(), Metrics("gateway")
    tracing = tracing or Tracing("gateway")
    asked: list[web.BaseRequest] = []

    async def note(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request)
        return await play(request)

    async with AsyncExitStack() as stack:
        client, streams = [
            await stack.enter_async_context(
                HttpClient(name, tracing=tracing, metrics=metrics, connections=connections)
            )
            for name in ("upstream", "streams")
        ]
        keys_url = await stack.enter_async_context(served(identity.show))
        upstream_url = await stack.enter_async_context(served(note))
        limit = Limit(rate=0.001, burst=burst)
        tokens = TokenChecker(keys_url, client=client)
        guard = RequestGuard(
            tokens,
            RateLimits(limit, lambda: 0.0),
            RateLimits(limit, lambda: 0.0),
            RateLimits(Limit(rate=0.001, burst=lookups), lambda: 0.0),
            proxies=TrustedProxies.parse(proxies),
            metrics=metrics,
        )
        watchers = Watchers(limit=5, per_caller=2, metrics=metrics, queue_events=3)
        upstream = Upstream(client, streams, url or upstream_url, deadline_s)
        upstreams = Upstreams(dict.fromkeys(NAMES, upstream))
        cache = ResponseCache(10.0, lambda: 0.0)
        through = Forwarding(upstreams, guard, OpenStreams(2, metrics), cache, metrics)
        made = Settings(**{"live_secret": SECRET, "heartbeat_s": 5.0, **settings})
        tickets = LiveTickets(Seals(made.live_key))
        provided = [guard, LiveViews(guard, upstreams, watchers, tickets, made)]
        app = app_with(
            *forwarding_routes(OPERATIONS, through),
            *live.routes.bind("gateway", provided),
            tracing=tracing,
        )
        yield Scene(app, upstream, guard, tokens, identity, cache, watchers, asked)


def view(*event_ids: UUID) -> ApplicationView:
    """An application with a timeline entry for every id."""
    return ApplicationView(
        application_id=APPLICATION,
        tracking_number=NUMBER,
        public_service_id="S001",
        public_service_name=Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
        ministry="lgd",
        status="submitted",
        submitted_at=AT,
        timeline=[
            TimelineEntry(
                event_id=event_id,
                type="application_submitted",
                at=AT,
                title=Text(bn="জমা হয়েছে", en="Submitted"),
            )
            for event_id in event_ids
        ],
    )


def submitted(event_id: UUID | None = None) -> ApplicationSubmitted:
    """An event of that application."""
    return ApplicationSubmitted(
        event_id=event_id or new_id(),
        occurred_at=AT,
        application_id=APPLICATION,
        tracking_number=NUMBER,
        citizen_id=CITIZEN,
        public_service_id="S001",
        ministry="lgd",
    )


def shown(model: ApplicationView) -> web.Response:
    """The upstream's answer with an application."""
    return web.Response(body=model.model_dump_json(), content_type="application/json")
