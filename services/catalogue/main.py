"""The catalogue service: its resources and its capabilities."""

from libs.messaging.reading.lag import LagMeter
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from services.catalogue.areas import capability as areas
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.public_services import capability as public_services
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.publications import capability as publications
from services.catalogue.publishing import routes as publishing
from services.catalogue.refresh import Refresh
from services.catalogue.routing_changes import routes as routing_changes
from services.catalogue.settings import Settings
from services.catalogue.snapshot import Snapshot


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the catalogue; nothing is connected before it runs.

    Args:
        settings: the settings.
        tracing: used instead of a tracing made from the settings.
    """
    resources = Resources.of("catalogue", settings, tracing=tracing)
    service_index = Snapshot[ServiceIndex](settings.cache_s)
    area_index = Snapshot[AreaIndex](settings.cache_s)
    refresh = Refresh(
        resources.database,
        resources.tracing,
        service_index,
        area_index,
        metrics=resources.metrics,
        adapter_of_bodies=settings.adapter_of_bodies,
        grievances=settings.grievances,
        every_s=settings.refresh_s,
    )
    keys = Keys(
        settings.identity_url,
        tracing=resources.tracing,
        metrics=resources.metrics,
        tls=resources.tls,
        needed=False,
    )
    capabilities = [
        public_services.capability(service_index),
        areas.capability(area_index),
        publications.capability(),
        Capability("publishing", routes=publishing.routes),
        Capability("routing_changes", routes=routing_changes.routes),
    ]
    lag = LagMeter(resources.broker, resources.metrics)
    return Service(
        resources, capabilities, provides=[keys.checker], components=[refresh, keys, lag]
    )
