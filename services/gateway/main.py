"""Composition root of the gateway: nothing else makes resources."""

import time
from collections.abc import Mapping, Sequence
from functools import partial

from starlette.routing import Route

from libs.component import Component, ComponentHealth
from libs.contracts import topics
from libs.contracts.topics import Topic
from libs.messaging.broker import Broker
from libs.messaging.tail import OnEvent, Tail
from libs.service import Service, health_of
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app
from libs.web.client import HttpClient
from libs.web.tokens import TokenChecker
from services.gateway.admission.guard import RequestGuard
from services.gateway.admission.rate_limits import RateLimits
from services.gateway.admission.rules import Limit
from services.gateway.documentation.routes import page_routes
from services.gateway.forwarding.consumers import on_catalogue_event
from services.gateway.forwarding.operations import (
    READERS,
    ROUTES,
    UPSTREAMS,
    Operation,
    UpstreamName,
)
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.forwarding.routes import (
    Endpoint,
    forwarding,
    forwarding_by_name,
    forwarding_cached,
)
from services.gateway.live.consumers import on_event
from services.gateway.live.routes import watching
from services.gateway.live.watchers import Watchers
from services.gateway.settings import Settings
from services.gateway.upstream import Upstream

NAME = "gateway"


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the API service, ready to run."""
    tracing = tracing or Tracing(
        NAME, endpoint=settings.otlp_endpoint, sample_share=settings.trace_share
    )
    metrics = Metrics(NAME)
    clients = _clients(settings, tracing, metrics)
    upstreams = _upstreams(settings, clients)
    watchers = Watchers(
        limit=settings.watchers_limit, per_caller=settings.watchers_per_caller, metrics=metrics
    )
    cache = ResponseCache(settings.services_cache_s, time.monotonic)
    checker = TokenChecker(
        f"{settings.identity_url.rstrip('/')}/.well-known/jwks.json",
        client=clients["identity"],
    )
    tail = Tail(
        broadcasts(watchers, cache),
        broker=Broker(NAME, settings),
        metrics=metrics,
        wanted=partial(wanted, watchers),
    )
    parts: Sequence[Component] = (checker, tail, *clients.values())
    guard = _guard(settings, checker, metrics)

    def endpoint(operation: Operation) -> Endpoint:
        if operation.upstream == "named in the path":
            return forwarding_by_name(operation, {name: upstreams[name] for name in READERS}, guard)
        if operation.upstream == "gateway":
            upstream = upstreams["applications"]
            return watching(operation, upstream, guard, watchers, settings.heartbeat_s)
        if operation.cached:
            upstream = upstreams[operation.upstream]
            return forwarding_cached(operation, upstream, guard, cache, metrics)
        return forwarding(operation, upstreams[operation.upstream], guard)

    def health() -> Mapping[str, ComponentHealth]:
        return health_of([*parts, watchers], None)

    routes = [
        Route(operation.path, endpoint(operation), methods=[operation.method])
        for operation in ROUTES
    ]
    app = make_app(
        [*routes, *page_routes()], service=NAME, tracing=tracing, metrics=metrics, health=health
    )
    return Service(NAME, settings, app=app, parts=parts, streams=[watchers], tracing=tracing)


def broadcasts(watchers: Watchers, cache: ResponseCache) -> Mapping[Topic, OnEvent]:
    """What every replica does with events; what is missed while it is away is read anew."""
    return {
        topics.APPLICATIONS: partial(on_event, watchers),
        topics.NOTIFICATIONS: partial(on_event, watchers),
        topics.CATALOGUE: partial(on_catalogue_event, cache),
    }


def wanted(watchers: Watchers, topic: Topic, key: bytes | None) -> bool:
    """Whether a record is decoded: of applications only those that somebody watches."""
    return topic is topics.CATALOGUE or watchers.want(key)


def _clients(
    settings: Settings, tracing: Tracing, metrics: Metrics
) -> Mapping[UpstreamName, HttpClient]:
    most = settings.connections_per_upstream
    return {
        name: HttpClient(name, tracing=tracing, metrics=metrics, connections=most)
        for name in UPSTREAMS
    }


def _upstreams(
    settings: Settings, clients: Mapping[UpstreamName, HttpClient]
) -> Mapping[UpstreamName, Upstream]:
    urls: Mapping[UpstreamName, str] = {
        "identity": settings.identity_url,
        "catalogue": settings.catalogue_url,
        "applications": settings.applications_url,
        "ministries": settings.ministries_url,
        "notifications": settings.notifications_url,
    }
    return {
        name: Upstream(client, urls[name], settings.forward_deadline_s)
        for name, client in clients.items()
    }


def _guard(settings: Settings, checker: TokenChecker, metrics: Metrics) -> RequestGuard:
    address = Limit(settings.address_rate, settings.address_burst)
    caller = Limit(settings.caller_rate, settings.caller_burst)
    return RequestGuard(
        checker=checker,
        by_address=RateLimits(address, time.monotonic),
        by_caller=RateLimits(caller, time.monotonic),
        proxies_before=settings.proxies_before,
        metrics=metrics,
    )
