import pytest

from libs.component import ComponentHealth
from libs.telemetry.metrics import Metrics
from tests.libs.web.running import app_with, ask

WELL = ComponentHealth()
WAITING = ComponentHealth(ready=False, detail="waits for database")
STUCK = ComponentHealth(live=False, ready=False, detail="the loop has ended")


@pytest.mark.parametrize(
    ("component", "live", "ready"), [(WELL, 200, 200), (WAITING, 200, 503), (STUCK, 503, 503)]
)
async def test_waiting_is_unready_and_only_a_dead_loop_is_not_live(
    component: ComponentHealth, live: int, ready: int
) -> None:
    """An outage makes a service not ready; only an ended component makes it not live."""
    app = app_with(health=lambda: {"fine": WELL, "consumer": component})
    assert (await ask(app, "GET", "/health/live")).status == live
    assert (await ask(app, "GET", "/health/ready")).status == ready


async def test_readiness_names_components_that_are_not_ready() -> None:
    """Readiness names every component that is not ready, and why."""
    got = await ask(app_with(health=lambda: {"consumer": WAITING}), "GET", "/health/ready")
    assert got.json() == {
        "status": "failing",
        "components": {"consumer": {"live": True, "ready": False, "detail": "waits for database"}},
    }


async def test_metrics_are_in_prometheus_format() -> None:
    """`/metrics` has the registry of this service."""
    metrics = Metrics("test")
    metrics.gauge("watchers", 3)
    got = await ask(app_with(metrics=metrics), "GET", "/metrics")
    assert got.headers["content-type"].startswith("text/plain")
    assert b'nagorik_watchers{service="test"} 3.0' in got.body
