"""The connection of every ministry's system: adapter, address, credentials."""

from libs.service import Capability, Resources
from services.ministries.connections import routes
from services.ministries.connections.current import Connections
from services.ministries.connections.rules import Connection
from services.ministries.settings import Settings


def capability(current: Connections) -> Capability:
    """Make the capability."""
    return Capability("connections", routes=routes.routes, provides=[current], components=[current])


def current_connections(resources: Resources, settings: Settings) -> Connections:
    """Make the component that knows the current connections; the others share it."""
    default = Connection(address=settings.ministries_url)
    return Connections(resources.database, default, resources.metrics)
