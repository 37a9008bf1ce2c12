"""Puts the catalogue together; nothing else makes resources."""

from libs.assembly import assemble, make_resources
from libs.service import Service
from libs.telemetry.tracing import Tracing
from services.catalogue.areas.routes import AreaRoutes
from services.catalogue.public_services.routes import PublicServiceRoutes
from services.catalogue.responses import cache_control
from services.catalogue.settings import Settings
from services.catalogue.snapshots import Snapshots

NAME = "catalogue"


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the service; nothing is connected before it runs.

    Args:
        settings: of the service.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    snapshots = Snapshots(resources.database, resources.tracing, refresh_s=settings.refresh_s)
    caching = cache_control(settings.cache_s)
    routes = [
        *PublicServiceRoutes(snapshots.services, caching).routes(),
        *AreaRoutes(snapshots.areas, caching).routes(),
    ]
    return assemble(resources, routes=routes, parts=[snapshots])
