"""What every composition root does alike: the resources of a service, and the service from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.routing import Route
from starlette.types import ASGIApp

from libs.component import Component, ComponentHealth
from libs.contracts.topics import Topic
from libs.database.pool import Database
from libs.messaging.broker import Broker
from libs.messaging.consume import Consumer
from libs.messaging.handle import Handler
from libs.messaging.housekeeping import housekeeping
from libs.messaging.relay import Relay
from libs.service import Service, health_of
from libs.settings import ServiceSettings
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app

Health = Callable[[], Mapping[str, ComponentHealth]]


@dataclass(frozen=True, slots=True)
class Resources:
    """What a service needs of the world, made once per process and passed down.

    Args:
        name: the service's name.
        settings: its settings.
        database: its own database; a service without one never opens it.
        broker: the way to Kafka.
        tracing: makes its spans.
        metrics: its figures.
    """

    name: str
    settings: ServiceSettings
    database: Database
    broker: Broker
    tracing: Tracing
    metrics: Metrics


def make_resources(
    name: str, settings: ServiceSettings, *, tracing: Tracing | None = None
) -> Resources:
    """Make the resources of one service; nothing is connected yet."""
    tracing = tracing or Tracing(
        name, endpoint=settings.otlp_endpoint, sample_share=settings.trace_share
    )
    return Resources(
        name=name,
        settings=settings,
        database=Database(settings.dsn, connections=settings.database_connections),
        broker=Broker(name, settings),
        tracing=tracing,
        metrics=Metrics(name),
    )


def assemble(
    resources: Resources,
    *,
    routes: Sequence[Route] = (),
    handlers: Mapping[Topic, Handler] | None = None,
    parts: Sequence[Component] = (),
    app: Callable[[Health], ASGIApp] | None = None,
) -> Service:
    """Make a service with a database: its routes, a consumer per topic heard, and a relay.

    Args:
        resources: what it works with.
        routes: its HTTP routes.
        handlers: its function for each topic that it hears.
        parts: its workers, group commits and other loops.
        app: makes the HTTP application instead of `make_app` over the routes.
    """
    database, tracing, metrics = resources.database, resources.tracing, resources.metrics
    consumers = [
        Consumer(
            topic,
            handler,
            broker=resources.broker,
            database=database,
            tracing=tracing,
            metrics=metrics,
        )
        for topic, handler in (handlers or {}).items()
    ]
    relay = Relay(broker=resources.broker, database=database, tracing=tracing, metrics=metrics)
    own_parts: list[Component] = [*consumers, *parts, housekeeping(database, metrics)]

    def health() -> Mapping[str, ComponentHealth]:
        return health_of([*own_parts, relay], database)

    return Service(
        resources.name,
        resources.settings,
        app=app(health)
        if app
        else make_app(
            routes, service=resources.name, tracing=tracing, metrics=metrics, health=health
        ),
        parts=own_parts,
        relay=relay,
        database=database,
        tracing=tracing,
    )
