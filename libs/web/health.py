"""Liveness, readiness and metrics of a process."""

from collections.abc import Callable, Mapping

import orjson
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.component import ComponentHealth
from libs.telemetry.metrics import Metrics


def health_routes(
    health: Callable[[], Mapping[str, ComponentHealth]], metrics: Metrics
) -> list[Route]:
    """The routes `/health/live`, `/health/ready` and `/metrics`.

    Args:
        health: returns the health of the components by name.
        metrics: shown at `/metrics`.
    """

    async def live(_: Request) -> Response:
        parts = health()
        return _report(parts, all(part.live for part in parts.values()))

    async def ready(_: Request) -> Response:
        parts = health()
        return _report(parts, all(part.live and part.ready for part in parts.values()))

    async def figures(_: Request) -> Response:
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", figures),
    ]


def _report(parts: Mapping[str, ComponentHealth], well: bool) -> Response:  # noqa: FBT001
    body = {
        "status": "ok" if well else "failing",
        "parts": {
            name: {"live": part.live, "ready": part.ready, "detail": part.detail}
            for name, part in parts.items()
        },
    }
    return Response(
        orjson.dumps(body),
        status_code=200 if well else 503,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
