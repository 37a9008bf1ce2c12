"""The notifications service on one screen: its resources and its capabilities."""

from libs.clock import Clock
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from services.notifications.codes import capability as codes
from services.notifications.contacts import consumers as contacts
from services.notifications.erasure import consumers as erasure
from services.notifications.journeys import capability as journeys
from services.notifications.messages import capability as messages
from services.notifications.notices import capability as notices
from services.notifications.public_services import consumers as public_services
from services.notifications.sending import capability as sending
from services.notifications.settings import Settings


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the notifications service; nothing is connected before it runs.

    Args:
        settings: its settings.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = Resources.of("notifications", settings, tracing=tracing)
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
            messages.capability(resources),
            codes.capability(resources, tidy_every_s=settings.tidy_every_s),
            notices.capability(resources, tidy_every_s=settings.tidy_every_s),
            Capability("contacts", consumers=contacts.router),
            Capability("public services", consumers=public_services.router),
            Capability("erasure", consumers=erasure.router),
            sending.capability(resources, settings),
            journeys.capability(settings),
        ],
        provides=[keys.checker, Clock()],
        components=[keys],
    )
