"""The programme on one screen."""

from libs.clock import Clock
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from services.programme.assistance import consumers as assistance
from services.programme.bodies import capability as bodies
from services.programme.bodies.overview import Overview
from services.programme.calendar import consumers as calendar
from services.programme.centres import consumers as centres
from services.programme.extensions import routes as extensions
from services.programme.figures import capability as figures
from services.programme.figures.latest import Latest
from services.programme.focal_points import capability as focal_points
from services.programme.infrastructure import consumers as lines
from services.programme.infrastructure import routes as infrastructure
from services.programme.people import consumers as people
from services.programme.people.use_cases import active_among
from services.programme.pilot import routes as pilot
from services.programme.progress import routes as progress
from services.programme.questions import routes as questions
from services.programme.reminders import capability as reminders
from services.programme.reminders.use_cases import read_superiors
from services.programme.rollout import capability as rollout
from services.programme.seats import routes as seats
from services.programme.seats.use_cases import LatestSeats
from services.programme.settings import Settings
from services.programme.snapshots import capability as snapshots
from services.programme.stuck import routes as stuck
from services.programme.training import capability as training
from services.programme.vendors import routes as vendors
from services.programme.workshops import capability as workshops


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
    clock, overview, latest = clock or Clock(), Overview(), Latest()
    return Service(
        resources,
        [
            bodies.capability(),
            figures.capability(resources, latest, clock),
            focal_points.capability(resources, overview, clock, read_superiors),
            Capability("extensions", routes=extensions.routes),
            Capability("questions", routes=questions.routes),
            Capability("vendors", routes=vendors.routes),
            workshops.capability(resources, overview, clock),
            reminders.capability(resources, settings, overview, clock),
            snapshots.capability(resources, clock),
            Capability("progress", routes=progress.routes),
            Capability("calendar", consumers=calendar.router),
            Capability("people", consumers=people.router),
            Capability("assistance", consumers=assistance.router),
            training.capability(resources, clock, active_among),
            Capability("centres", consumers=centres.router),
            Capability("infrastructure", routes=infrastructure.routes, consumers=lines.router),
            Capability("pilot", routes=pilot.routes),
            rollout.capability(resources, clock),
            Capability("stuck", routes=stuck.routes),
            Capability("seats", routes=seats.routes),
        ],
        provides=[keys.checker, clock, overview, latest, LatestSeats()],
        components=[keys],
    )
