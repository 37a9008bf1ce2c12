"""A copy of the catalogue's public services, and a cache of it with compiled forms."""

from functools import partial

from libs.service import Capability, Resources
from services.applications.calendar.use_cases import CALENDAR_CHANGED
from services.applications.public_services import consumers, use_cases
from services.applications.public_services.cache import PublicServiceCache
from services.applications.settings import Settings


def capability(
    resources: Resources, settings: Settings, services: PublicServiceCache
) -> Capability:
    """Return the capability; a change that this process stores refreshes the cache immediately."""
    refresher = resources.periodic(
        "public services",
        partial(use_cases.refresh_cache, services=services),
        required=True,
        every_s=settings.catalogue_refresh_s,
    )
    resources.database.on_notification(use_cases.PUBLIC_SERVICES_CHANGED, refresher.wake)
    resources.database.on_notification(CALENDAR_CHANGED, refresher.wake)
    return Capability("public services", consumers=consumers.router, components=[refresher])
