"""The ministries service on one screen."""

from libs.service import Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.keys import Keys
from services.ministries import connections, decisions, deliveries
from services.ministries.settings import Settings


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the ministries service; nothing is connected before it runs.

    Args:
        settings: its settings.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = Resources.of("ministries", settings, tracing=tracing)
    keys = Keys(
        settings.identity_url,
        tracing=resources.tracing,
        metrics=resources.metrics,
        tls=resources.tls,
        needed=False,
    )
    current = connections.current_connections(resources, settings)
    return Service(
        resources,
        [
            decisions.capability(resources, settings),
            connections.capability(current),
            deliveries.capability(resources, settings, current),
        ],
        provides=[keys.checker],
        components=[keys],
    )
