"""Puts the catalogue together; nothing else makes resources."""

from libs.assembly import assemble, make_resources
from libs.service import Service
from libs.telemetry.tracing import Tracing
from services.catalogue.api import CatalogueApi
from services.catalogue.serving import Serving
from services.catalogue.settings import Settings

NAME = "catalogue"


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Build the catalogue.

    Args:
        settings: its knobs.
        tracing: makes its spans instead of its own.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    serving = Serving(resources.database, resources.tracing, refresh_s=settings.refresh_s)
    routes = CatalogueApi(serving.stock, cache_s=settings.cache_s).routes()
    return assemble(resources, routes=routes, parts=[serving])
