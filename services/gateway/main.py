"""Composition root of the gateway: nothing else makes resources."""

import time
from collections.abc import Mapping, Sequence

from starlette.routing import Route

from libs.component import Component, ComponentHealth
from libs.messaging.broker import Broker
from libs.messaging.tail import Tail
from libs.service import Service, health_of
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app
from libs.web.client import HttpClient
from libs.web.tokens import TokenChecker
from services.gateway.adapters.owners import Owner
from services.gateway.api.door import Door
from services.gateway.api.forward import (
    Endpoint,
    forwarding,
    forwarding_by_name,
    forwarding_cached,
)
from services.gateway.api.live import watching
from services.gateway.api.pages import page_routes
from services.gateway.api.routes import OWNERS, READERS, ROUTES, Operation, OwnerName
from services.gateway.consumers import Listeners, handlers
from services.gateway.domain import Limit
from services.gateway.settings import Settings
from services.gateway.store.answers import Answers
from services.gateway.store.limits import Limits
from services.gateway.store.watchers import Watchers

NAME = "gateway"


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the API service, ready to run."""
    tracing = tracing or Tracing(
        NAME, endpoint=settings.otlp_endpoint, sample_share=settings.trace_share
    )
    metrics = Metrics(NAME)
    clients = _clients(settings, tracing, metrics)
    owners = _owners(settings, clients)
    watchers = Watchers(
        limit=settings.watchers_limit, per_caller=settings.watchers_per_caller, metrics=metrics
    )
    answers = Answers(settings.services_cache_s, time.monotonic)
    checker = TokenChecker(
        f"{settings.identity_url.rstrip('/')}/.well-known/jwks.json",
        client=clients["identity"],
    )
    listeners = Listeners(watchers, answers)
    tail = Tail(
        handlers(listeners), broker=Broker(NAME, settings), metrics=metrics, wanted=listeners.want
    )
    parts: Sequence[Component] = (checker, tail, *clients.values())
    door = _door(settings, checker, metrics)

    def endpoint(operation: Operation) -> Endpoint:
        if operation.owner == "named in the path":
            return forwarding_by_name(operation, {name: owners[name] for name in READERS}, door)
        if operation.owner == "gateway":
            owner = owners["applications"]
            return watching(operation, owner, door, watchers, settings.heartbeat_s)
        if operation.cached:
            owner = owners[operation.owner]
            return forwarding_cached(operation, owner, door, answers, metrics)
        return forwarding(operation, owners[operation.owner], door)

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


def _clients(
    settings: Settings, tracing: Tracing, metrics: Metrics
) -> Mapping[OwnerName, HttpClient]:
    most = settings.connections_per_owner
    return {
        name: HttpClient(name, tracing=tracing, metrics=metrics, connections=most)
        for name in OWNERS
    }


def _owners(
    settings: Settings, clients: Mapping[OwnerName, HttpClient]
) -> Mapping[OwnerName, Owner]:
    urls: Mapping[OwnerName, str] = {
        "identity": settings.identity_url,
        "catalogue": settings.catalogue_url,
        "applications": settings.applications_url,
        "ministries": settings.ministries_url,
        "notifications": settings.notifications_url,
    }
    return {
        name: Owner(client, urls[name], settings.forward_deadline_s)
        for name, client in clients.items()
    }


def _door(settings: Settings, checker: TokenChecker, metrics: Metrics) -> Door:
    address = Limit(settings.address_rate, settings.address_burst)
    caller = Limit(settings.caller_rate, settings.caller_burst)
    return Door(
        checker=checker,
        by_address=Limits(address, time.monotonic),
        by_caller=Limits(caller, time.monotonic),
        proxies_before=settings.proxies_before,
        metrics=metrics,
    )
