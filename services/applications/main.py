"""The applications service: its resources and its capabilities."""

from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.callers.keys import Keys
from services.applications.appeals import routes as appeals
from services.applications.assisted import capability as assisted
from services.applications.calendar import consumers as calendar
from services.applications.corrections import capability as corrections
from services.applications.counter_drafts import capability as counter_drafts
from services.applications.deadlines import capability as deadlines
from services.applications.drafts import capability as drafts
from services.applications.erasure import consumers as erasure
from services.applications.feedback import routes as feedback
from services.applications.journeys import capability as journeys
from services.applications.lifecycle import capability as lifecycle
from services.applications.ministry_status import capability as ministry_status
from services.applications.ministry_status.cache import MinistryStatuses
from services.applications.moves import capability as moves
from services.applications.onboarding import capability as onboarding
from services.applications.public_services import capability as public_services
from services.applications.public_services.cache import PublicServiceCache
from services.applications.receipts import Receipts
from services.applications.recounts import capability as recounts
from services.applications.settings import Settings
from services.applications.submissions import capability as submissions
from services.applications.timeline import capability as timeline
from services.applications.tracking import capability as tracking


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the applications service; nothing is connected before it runs.

    Args:
        settings: the settings.
        tracing: used instead of a tracing made from the settings.
    """
    resources = Resources.of("applications", settings, tracing=tracing)
    keys = Keys(
        settings.identity_url,
        tracing=resources.tracing,
        metrics=resources.metrics,
        tls=resources.tls,
        needed=True,
    )
    papers = Receipts(
        settings.documents_url,
        tracing=resources.tracing,
        metrics=resources.metrics,
        tls=resources.tls,
    )
    services, statuses = PublicServiceCache(), MinistryStatuses()
    submitted = submissions.capability(resources, settings)
    helped = assisted.capability(resources, submitted.provides)
    return Service(
        resources,
        [
            submitted,
            helped,
            corrections.capability(resources, helped.provides),
            timeline.capability(),
            lifecycle.capability(resources),
            Capability("calendar", consumers=calendar.router),
            deadlines.capability(resources, settings),
            onboarding.capability(resources, services),
            moves.capability(resources, services),
            public_services.capability(resources, settings, services),
            Capability("feedback", routes=feedback.routes),
            Capability("appeals", routes=appeals.routes),
            ministry_status.capability(resources, statuses),
            Capability("erasure", consumers=erasure.router),
            drafts.capability(resources),
            counter_drafts.capability(resources),
            tracking.capability(resources),
            journeys.capability(),
            recounts.capability(resources),
        ],
        provides=[keys.checker, services, statuses, papers],
        components=[keys, papers],
    )
