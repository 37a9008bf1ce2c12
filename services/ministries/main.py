"""The ministries service on one screen."""

from libs.service import Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.keys import Keys
from services.ministries import availability, decisions, deliveries, escalations, status
from services.ministries.availability.limits import MinistryLimits
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
    limits = MinistryLimits(processes=settings.processes)
    return Service(
        resources,
        [
            decisions.capability(resources, settings),
            deliveries.capability(resources, settings, limits),
            availability.capability(resources, limits),
            status.capability(resources, settings),
            escalations.capability(resources, settings),
        ],
        provides=[keys.checker],
        components=[keys],
    )
