"""The gateway on one screen."""

import time

from libs.addresses import TrustedProxies
from libs.service import Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from libs.web.callers.tokens import AccessTokens
from libs.web.calling.client import HttpClient
from libs.web.handling.limits import RequestLimits
from libs.web.handling.openapi import operations_of
from libs.web.signed.seals import Seals
from services.gateway.admission.guard import RequestGuard
from services.gateway.admission.open_streams import OpenStreams
from services.gateway.admission.rate_limits import RateLimits
from services.gateway.admission.rules import Limit
from services.gateway.cross_origin import cross_origin
from services.gateway.documentation import capability as documentation
from services.gateway.documentation.document import api_document
from services.gateway.forwarding import capability as forwarding
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.forwarding.routes import Forwarding
from services.gateway.live import capability as live
from services.gateway.live.tickets import LiveTickets
from services.gateway.live.views import LiveViews
from services.gateway.live.watchers import Watchers
from services.gateway.settings import Settings
from services.gateway.upstream import Upstream, Upstreams

NAME = "gateway"


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the gateway; nothing is connected before it runs."""
    resources = Resources.of(NAME, settings, tracing=tracing, has_database=False)
    metrics = resources.metrics
    document = api_document()
    every_operation = list(operations_of(document))
    operations = [operation for operation in every_operation if NAME not in operation.upstreams]
    names = sorted({name for operation in operations for name in operation.upstreams})
    streams = _client("streams", resources, connections=settings.streams_at_once)
    upstreams = Upstreams({name: _upstream(name, streams, resources, settings) for name in names})
    keys = Keys(
        settings.identity_url,
        tracing=resources.tracing,
        metrics=metrics,
        tls=resources.tls,
        needed=True,
    )
    guard = _guard(keys.checker, resources, settings)
    cache = ResponseCache(settings.services_cache_s, time.monotonic)
    watchers = Watchers(
        limit=settings.watchers_limit, per_caller=settings.watchers_per_caller, metrics=metrics
    )
    open_streams = OpenStreams(settings.streams_per_caller, metrics)
    through = Forwarding(upstreams, guard, open_streams, cache, metrics)
    tickets = LiveTickets(Seals(settings.live_key))
    views = LiveViews(guard, upstreams, watchers, tickets, settings)
    return Service(
        resources,
        [
            forwarding.capability(operations, through),
            live.capability(views, watchers, cache),
            documentation.capability(document),
        ],
        provides=[guard],
        components=[keys, streams, *(upstream.client for upstream in upstreams.values())],
        middleware=[cross_origin(settings.origins, every_operation)],
        limits=RequestLimits(streams_at_once=settings.streams_at_once),
    )


def _upstream(name: str, streams: HttpClient, resources: Resources, settings: Settings) -> Upstream:
    client = _client(name, resources, connections=settings.connections_per_upstream)
    return Upstream(client, streams, getattr(settings, f"{name}_url"), settings.forward_deadline_s)


def _client(destination: str, resources: Resources, *, connections: int) -> HttpClient:
    return HttpClient(
        destination,
        tracing=resources.tracing,
        metrics=resources.metrics,
        connections=connections,
        tls=resources.tls,
    )


def _guard(tokens: AccessTokens, resources: Resources, settings: Settings) -> RequestGuard:
    address = Limit(settings.address_rate, settings.address_burst)
    caller = Limit(settings.caller_rate, settings.caller_burst)
    lookups = Limit(settings.lookup_rate, settings.lookup_burst)
    return RequestGuard(
        tokens,
        RateLimits(address, time.monotonic),
        RateLimits(caller, time.monotonic),
        RateLimits(lookups, time.monotonic),
        TrustedProxies.parse(settings.trusted_proxies),
        resources.metrics,
    )
