"""The web application of a service: Starlette, with middleware for every request."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route

from libs.component import ComponentHealth
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.handling.limits import (
    DEFAULT_LIMITS,
    NO_LIMITS_OF_ITS_OWN,
    AddressCheck,
    Admission,
    AdmissionLimit,
    BodyLimit,
    LimitedRoute,
    RequestLimits,
)
from libs.web.serving.browsers import BrowserHeaders
from libs.web.serving.callers import CallerCheck
from libs.web.serving.deadline import Deadline, DeadlineLimit
from libs.web.serving.failures import FailureResponses, HttpFailures, Respond, respond_with_problem
from libs.web.serving.health import health_routes
from libs.web.serving.refusals import RefusalLog
from libs.web.serving.telemetry import RequestTelemetry


def make_app(  # noqa: PLR0913
    routes: Sequence[BaseRoute],
    *,
    service: str,
    tracing: Tracing,
    metrics: Metrics,
    health: Callable[[], Mapping[str, ComponentHealth]],
    refusals: RefusalLog,
    limits: RequestLimits = DEFAULT_LIMITS,
    middleware: Sequence[Middleware] = (),
    respond: Respond = respond_with_problem,
) -> Starlette:
    """Make a service's web application.

    Args:
        routes: declared routes or Starlette's own, tried in order.
        service: its name, for the log.
        tracing: makes the server spans.
        metrics: counts requests; shown at `/metrics`.
        health: returns the health of the components by name.
        refusals: the log of refused requests.
        limits: the limits of a request, unless its route has its own.
        middleware: the service's own, around all other.
        respond: makes the answers to failures.
    """
    bound = _Limits(limits)
    app = Starlette(
        routes=[*map(bound.apply, routes), *health_routes(health, metrics)],
        middleware=[
            *middleware,
            Middleware(BrowserHeaders),
            Middleware(RequestTelemetry, tracing=tracing, metrics=metrics),
            Middleware(FailureResponses, service=service, refusals=refusals, respond=respond),
            Middleware(CallerCheck),
            Middleware(AddressCheck),
        ],
        exception_handlers={HTTPException: HttpFailures(respond)},
    )
    app.router.redirect_slashes = False  # no second address for a resource
    _count_failures_from_zero(app.routes, metrics)
    return app


def _count_failures_from_zero(routes: Sequence[BaseRoute], metrics: Metrics) -> None:
    """Begin the counts of failed answers: one that begins at one has no increase for Prometheus."""
    for route in routes:
        if isinstance(route, Route):
            for method in (route.methods or set()) - {"HEAD"}:
                metrics.count(
                    "http_requests", 0, method=method, route=route.path, status_class="5xx"
                )


class _Limits:
    """Applies the limits of a service, or of a route, to its routes."""

    def __init__(self, limits: RequestLimits) -> None:
        self._limits = limits
        self._admission = Admission(limits.at_once)
        self._streams = Admission(limits.streams_at_once)
        self._deadlines: dict[float, Deadline] = {}

    def apply(self, route: BaseRoute) -> BaseRoute:
        if not isinstance(route, Route | Mount):
            return route
        own = route.limits if isinstance(route, LimitedRoute) else NO_LIMITS_OF_ITS_OWN
        body_bytes = own.body_bytes or self._limits.body_bytes
        deadline_s = own.deadline_s or self._limits.deadline_s
        deadline = self._deadlines.setdefault(deadline_s, Deadline(deadline_s))
        limited = copy(route)
        app = BodyLimit(DeadlineLimit(route.app, deadline), body_bytes, own.too_large)
        limited.app = AdmissionLimit(app, self._streams if own.streamed else self._admission)
        return limited
