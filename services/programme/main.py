"""The programme on one screen."""

from libs.clock import Clock
from libs.service import Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from services.programme.bodies import capability as bodies
from services.programme.bodies.overview import Overview
from services.programme.figures import capability as figures
from services.programme.figures.latest import Latest
from services.programme.focal_points import capability as focal_points
from services.programme.settings import Settings


def build(
    settings: Settings, *, tracing: Tracing | None = None, clock: Clock | None = None
) -> Service:
    """Make the programme; nothing is connected before it runs.

    Args:
        settings: its settings.
        tracing: makes its spans, instead of one made from the settings.
        clock: used instead of the system clock.
    """
    resources = Resources.of("programme", settings, tracing=tracing)
    keys = Keys(
        settings.identity_url,
        tracing=resources.tracing,
        metrics=resources.metrics,
        tls=resources.tls,
        needed=False,
    )
    clock, overview = clock or Clock(), Overview()
    return Service(
        resources,
        [
            bodies.capability(),
            figures.capability(),
            focal_points.capability(resources, overview, clock),
        ],
        provides=[keys.checker, clock, overview, Latest()],
        components=[keys],
    )
