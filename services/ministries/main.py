"""The ministries service on one screen."""

from libs.service import Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.keys import Keys
from services.ministries import connections, decisions, deliveries, exchanges
from services.ministries.deliveries.adapters.clients import Clients
from services.ministries.deliveries.adapters.registry import Adapters
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
    clients = Clients(resources, settings)
    public_url = settings.public_url or f"http://{settings.host}:{settings.port}"
    adapters = Adapters(settings, current, clients, public_url=public_url)
    return Service(
        resources,
        [
            decisions.capability(resources, settings),
            connections.capability(current),
            deliveries.capability(resources, settings, current, adapters),
            exchanges.capability(resources, settings, current, adapters),
        ],
        provides=[keys.checker],
        components=[keys, *clients.all()],
    )
