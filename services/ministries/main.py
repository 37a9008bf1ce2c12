"""The ministries service on one screen."""

from libs.confinement_check import ConfinementCheck
from libs.opener.client import Opener
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from services.ministries.availability import capability as availability
from services.ministries.availability.limits import MinistryLimits
from services.ministries.connections import capability as connections
from services.ministries.decisions import capability as decisions
from services.ministries.deliveries import capability as deliveries
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.registry import Adapters
from services.ministries.erasure import consumers as erasure
from services.ministries.escalations import capability as escalations
from services.ministries.exchanges import capability as exchanges
from services.ministries.handed_over import capability as handed_over
from services.ministries.inquiries import capability as inquiries
from services.ministries.journeys import capability as journeys
from services.ministries.settings import Settings
from services.ministries.status import capability as status


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
    clients = Clients(settings, tracing=resources.tracing, metrics=resources.metrics)
    public_url = settings.public_url or f"http://{settings.host}:{settings.port}"
    position = handed_over.current_position(resources, settings)
    opener = Opener(settings.opener)
    adapters = Adapters(
        settings,
        current.of,
        clients,
        public_url=public_url,
        opener=opener,
        files_connection_of=current.of_files,
        cursor_of=position.cursor_of,
        count_not_used=lambda name: resources.metrics.count("states_not_used", destination=name),
    )

    limits = MinistryLimits(processes=settings.processes)
    return Service(
        resources,
        [
            decisions.capability(resources, settings),
            connections.capability(current),
            deliveries.capability(
                resources, settings, current, adapters, limits, inquiries.follow_up(current)
            ),
            exchanges.capability(resources, settings, current, adapters, limits),
            handed_over.capability(resources, settings, adapters, position),
            inquiries.capability(resources, settings, current, adapters, limits),
            Capability("erasure", consumers=erasure.router),
            availability.capability(resources, limits),
            status.capability(resources, settings),
            escalations.capability(resources, settings),
            journeys.capability(),
        ],
        provides=[keys.checker],
        # Without an opener decisions over interfaces, and all but ministries' files, go on.
        components=[
            keys,
            *clients.all(),
            ConfinementCheck(resources.metrics, opener, required=False),
        ],
    )
