"""The cases service on one screen: its resources and its capabilities."""

from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from libs.web.handling.routes import Routes
from services.cases.acts import hand_in_routes as hand_ins
from services.cases.acts import routes as acts
from services.cases.bulk import routes as bulk
from services.cases.calendar import consumers as calendar
from services.cases.clocks import capability as clocks
from services.cases.erasure import capability as erasure
from services.cases.intake import capability as intake
from services.cases.journeys import capability as journeys
from services.cases.officers import consumers as officers
from services.cases.offices import consumers as offices
from services.cases.overdue import capability as overdue
from services.cases.papers import routes as papers
from services.cases.pools import capability as pools
from services.cases.queues import capability as queues
from services.cases.settings import Settings
from services.cases.stalled import capability as stalled
from services.cases.tariffs import consumers as tariffs
from services.cases.version_changes import capability as version_changes
from services.cases.workflows import consumers as workflows


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the cases service; nothing is connected before it runs.

    Args:
        settings: its settings.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = Resources.of("cases", settings, tracing=tracing)
    keys = Keys(
        settings.identity_url,
        tracing=resources.tracing,
        metrics=resources.metrics,
        tls=resources.tls,
        needed=False,
    )
    return Service(
        resources,
        [
            Capability("workflows", consumers=workflows.router),
            Capability("tariffs", consumers=tariffs.router),
            Capability("calendar", consumers=calendar.router),
            Capability("offices", consumers=offices.router),
            intake.capability(resources),
            clocks.capability(resources, settings),
            stalled.capability(resources, settings),
            overdue.capability(resources, settings),
            version_changes.capability(resources),
            Capability("officers", consumers=officers.router),
            queues.capability(resources),
            Capability("bulk", routes=bulk.routes),
            pools.capability(resources),
            Capability("acts", routes=Routes.joined(acts.routes, hand_ins.routes)),
            Capability("papers", routes=papers.routes),
            journeys.capability(),
            erasure.capability(resources),
        ],
        provides=[keys.checker],
        components=[keys],
    )
