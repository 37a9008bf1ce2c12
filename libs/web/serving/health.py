"""Liveness, readiness and metrics of a process."""

from collections.abc import Callable, Mapping
from typing import Final

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.component import ComponentHealth
from libs.telemetry.metrics import Metrics

LIVE_PATH: Final = "/health/live"
READY_PATH: Final = "/health/ready"
METRICS_PATH: Final = "/metrics"
HEALTH_PATHS: Final = frozenset({LIVE_PATH, READY_PATH, METRICS_PATH})


def health_routes(
    health: Callable[[], Mapping[str, ComponentHealth]], metrics: Metrics
) -> list[Route]:
    """The routes `/health/live`, `/health/ready` and `/metrics`.

    Args:
        health: returns the health of the components by name.
        metrics: shown at `/metrics`.
    """

    async def live(_: Request) -> Response:
        components = health()
        return _report(components, all(component.live for component in components.values()))

    async def ready(_: Request) -> Response:
        components = health()
        return _report(
            components, all(component.live and component.ready for component in components.values())
        )

    async def metrics_text(_: Request) -> Response:
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route(LIVE_PATH, live),
        Route(READY_PATH, ready),
        Route(METRICS_PATH, metrics_text),
    ]


def _report(components: Mapping[str, ComponentHealth], is_well: bool) -> Response:  # noqa: FBT001
    body = {
        "status": "ok" if is_well else "failing",
        "components": {
            name: {"live": component.live, "ready": component.ready, "detail": component.detail}
            for name, component in components.items()
        },
    }
    return Response(
        orjson.dumps(body),
        status_code=200 if is_well else 503,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
