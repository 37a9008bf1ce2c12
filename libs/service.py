"""A service: its resources and its capabilities."""

import platform
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.component import Component, ComponentHealth
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import routes as dead_letter_routes
from libs.dead_letters.admin import DeadLetterAdmin
from libs.dead_letters.rules import ManualActions
from libs.jobs import JobRunner
from libs.messaging.housekeeping import housekeeping
from libs.messaging.kafka.broker import Broker
from libs.messaging.reading.broadcast import BroadcastRouter, make_broadcast_consumers
from libs.messaging.reading.consumers import make_consumers
from libs.messaging.reading.redelivery import mark_handled, redelivery
from libs.messaging.reading.router import Router, handlers_of
from libs.messaging.revocations import make_revocations_router
from libs.messaging.writing.relay import Relay
from libs.periodic import Periodic, deletion, in_transaction
from libs.server import ComponentEnded, ServiceProcess, health_of
from libs.settings import ServiceSettings, cipher_of
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from libs.web.calling.tls import Certificate
from libs.web.handling.limits import DEFAULT_LIMITS, RequestLimits
from libs.web.handling.parameters import Dependency
from libs.web.handling.routes import Routes
from libs.web.serving.app import make_app
from libs.web.serving.failures import Respond, respond_with_problem
from libs.web.serving.protocol import CoalescingProtocol
from libs.web.serving.refusals import RefusalLog

__all__ = ["Capability", "ComponentEnded", "Resources", "Service", "health_of"]


@dataclass(frozen=True, slots=True)
class Resources:
    """The connections of a service, made once per process and not yet opened.

    Args:
        name: the service's name.
        settings: its settings.
        database: its own database; not opened if `has_database` is false.
        broker: the connection to Kafka.
        tracing: makes spans.
        metrics: its metrics.
        certificate: of this process, for TLS between services; None without.
        has_database: whether it has a database, and therefore an outbox and a relay.
    """

    name: str
    settings: ServiceSettings
    database: Database
    broker: Broker
    tracing: Tracing
    metrics: Metrics
    certificate: Certificate | None = None
    has_database: bool = True

    @classmethod
    def of(
        cls,
        name: str,
        settings: ServiceSettings,
        *,
        tracing: Tracing | None = None,
        has_database: bool = True,
    ) -> Self:
        """Make the resources of a service.

        Args:
            name: the service's name.
            settings: its settings.
            tracing: makes spans; by default made from the settings.
            has_database: whether it has a database of its own.
        """
        tracing = tracing or Tracing(
            name,
            endpoint=settings.otlp_endpoint,
            ca_file=settings.otlp_ca_file,
            traces_per_s=settings.traces_per_s,
            callers_per_s=settings.traces_of_callers_per_s,
        )
        metrics = Metrics(name)
        release = settings.release or "unknown"
        metrics.gauge("build_info", 1, release=release, python=platform.python_version())
        return cls(
            name=name,
            settings=settings,
            database=Database(
                settings.dsn,
                connections=settings.database_connections,
                cipher=cipher_of(settings),
                waited=metrics.histogram("database_wait_s").observe if has_database else bool,
            ),
            broker=Broker(name, settings),
            tracing=tracing,
            metrics=metrics,
            certificate=Certificate(Path(settings.tls_folder), metrics)
            if settings.tls_folder
            else None,
            has_database=has_database,
        )

    @property
    def tls(self) -> ssl.SSLContext | None:
        """TLS context for calls to other services; None for the system's authorities."""
        return self.certificate.client if self.certificate else None

    def periodic(
        self,
        name: str,
        step: Callable[[Transaction], Awaitable[int]],
        *,
        every_s: float,
        required: bool = False,
    ) -> Periodic:
        """Make a component that repeats a use case, each time in a transaction of its own.

        Args:
            name: the component's name.
            step: the use case; a true result means that there is more to do.
            every_s: seconds between two steps.
            required: as of `Periodic`.
        """
        return Periodic(
            name,
            in_transaction(self.database, step),
            metrics=self.metrics,
            every_s=every_s,
            required=required,
        )

    def deletion(
        self, name: str, delete: Callable[[Transaction], Awaitable[int]], *, every_s: float
    ) -> Periodic:
        """Make a component that deletes old rows now and then; see `libs.periodic.deletion`."""
        return deletion(name, self.database, delete, metrics=self.metrics, every_s=every_s)


@dataclass(frozen=True, slots=True)
class Capability:
    """A capability of a service.

    Args:
        name: a noun; usually that of its folder.
        routes: declared routes or Starlette's own.
        consumers: the router of its `consumers.py`.
        provides: objects for the parameters of its routes, by type.
        components: job runners, caches, periodic loops, group commits.
        manual_actions: manual actions for its failed jobs, by job type.
        streams: components behind streamed answers; they end before requests are drained.
    """

    name: str
    routes: Routes | Sequence[BaseRoute] = ()
    consumers: Router | BroadcastRouter | None = None
    provides: Sequence[object] = ()
    components: Sequence[Component] = ()
    manual_actions: Mapping[str, ManualActions] = field(default_factory=dict)
    streams: Sequence[Component] = ()


class Service(ServiceProcess):
    """A service, ready to run.

    Routes can take the objects that their capability and the service provide, and Database (if
    there is one), Tracing, Metrics, Clock and the service's own settings.

    Args:
        resources: of the service.
        capabilities: its capabilities; routes are tried in this order.
        provides: objects for the routes of all capabilities.
        components: components of all capabilities; with `Keys`, ended sessions are refused.
        limits: the limits of a request.
        middleware: ASGI middleware of its own, around all other.
        respond: makes the answers to failures.
        protocol: uvicorn's HTTP protocol.
    """

    def __init__(  # noqa: PLR0913
        self,
        resources: Resources,
        capabilities: Sequence[Capability],
        *,
        provides: Sequence[object] = (),
        components: Sequence[Component] = (),
        limits: RequestLimits = DEFAULT_LIMITS,
        middleware: Sequence[Middleware] = (),
        respond: Respond = respond_with_problem,
        protocol: type[CoalescingProtocol] = CoalescingProtocol,
    ) -> None:
        database = resources.database if resources.has_database else None
        streams = [stream for capability in capabilities for stream in capability.streams]
        refusals = RefusalLog(
            TrustedProxies.parse(resources.settings.trusted_proxies), resources.metrics
        )
        own: list[Component] = [
            *_consumers(resources, capabilities, components),
            *(component for capability in capabilities for component in capability.components),
            *components,
            *([resources.certificate] if resources.certificate else []),
            refusals,
        ]
        relay: Relay | None = None
        if database is not None:
            runners = [component for component in own if isinstance(component, JobRunner)]
            own.append(housekeeping(database, resources.metrics, queues=runners))
            relay = Relay(
                broker=resources.broker,
                database=database,
                tracing=resources.tracing,
                metrics=resources.metrics,
            )

        def health() -> Mapping[str, ComponentHealth]:
            return health_of([*own, *streams, *([relay] if relay else [])], database)

        app = make_app(
            _routes(resources, [*capabilities, *_dead_letters(resources, capabilities)], provides),
            service=resources.name,
            tracing=resources.tracing,
            metrics=resources.metrics,
            health=health,
            refusals=refusals,
            limits=limits,
            middleware=middleware,
            respond=respond,
        )
        super().__init__(
            resources.name,
            resources.settings,
            app=app,
            components=own,
            streams=streams,
            relay=relay,
            database=database,
            tracing=resources.tracing,
            metrics=resources.metrics,
            tls=resources.certificate.server if resources.certificate else None,
            protocol=protocol,
        )


def _consumers(
    resources: Resources, capabilities: Sequence[Capability], components: Sequence[Component]
) -> list[Component]:
    routers = _routers(capabilities)
    broadcasts = [
        capability.consumers
        for capability in capabilities
        if isinstance(capability.consumers, BroadcastRouter)
    ]
    broadcasts += [
        make_revocations_router(resources.name, component.checker)
        for component in components
        if isinstance(component, Keys)
    ]
    made: list[Component] = []
    if routers:
        made += make_consumers(
            routers,
            broker=resources.broker,
            database=resources.database,
            tracing=resources.tracing,
            metrics=resources.metrics,
        )
    if broadcasts:
        made += make_broadcast_consumers(
            broadcasts, broker=resources.broker, metrics=resources.metrics
        )
    return made


def _routers(capabilities: Sequence[Capability]) -> list[Router]:
    return [
        capability.consumers
        for capability in capabilities
        if isinstance(capability.consumers, Router)
    ]


def _dead_letters(resources: Resources, capabilities: Sequence[Capability]) -> list[Capability]:
    """The dead-letter capability of a service that consumes topics or runs jobs, or none."""
    handlers = handlers_of(_routers(capabilities))
    actions = {
        kind: action
        for capability in capabilities
        for kind, action in capability.manual_actions.items()
    }
    if not (handlers or actions):
        return []
    admin = DeadLetterAdmin(
        resources.name,
        resources.database,
        redelivery(handlers, resources.tracing),
        mark_handled,
        actions,
    )
    return [Capability("dead letters", routes=dead_letter_routes.routes, provides=[admin])]


def _routes(
    resources: Resources, capabilities: Sequence[Capability], shared: Sequence[object]
) -> list[BaseRoute]:
    common = [*shared, resources.tracing, resources.metrics, resources.settings]
    if resources.has_database:
        common.append(resources.database)
    if not any(isinstance(provided, Clock) for provided in common):
        common.append(Clock())
    routes: list[BaseRoute] = []
    for capability in capabilities:
        types = {type(provided) for provided in capability.provides}
        inherited = (
            provided
            for provided in common
            if isinstance(provided, Dependency) or type(provided) not in types
        )
        own = [*capability.provides, *inherited]
        if isinstance(capability.routes, Routes):
            routes += capability.routes.bind(resources.name, own)
        else:
            routes += capability.routes
    return routes
