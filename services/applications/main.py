"""The applications service: its resources and its capabilities."""

from libs.service import Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.keys import Keys
from services.applications import (
    assisted,
    deadlines,
    drafts,
    erasure,
    feedback,
    lifecycle,
    mandates,
    ministry_status,
    moves,
    onboarding,
    public_services,
    submissions,
    timeline,
    tracking,
)
from services.applications.ministry_status.cache import MinistryStatuses
from services.applications.public_services.cache import PublicServiceCache
from services.applications.receipts import Receipts
from services.applications.settings import Settings


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
    return Service(
        resources,
        [
            submitted,
            mandates.capability(),
            assisted.capability(resources, submitted.provides),
            timeline.capability(),
            lifecycle.capability(resources),
            deadlines.capability(resources, settings),
            onboarding.capability(resources, services),
            moves.capability(resources, services),
            public_services.capability(resources, settings, services),
            feedback.capability(),
            ministry_status.capability(resources, statuses),
            erasure.capability(),
            drafts.capability(resources),
            tracking.capability(resources),
        ],
        provides=[keys.checker, services, statuses, papers],
        components=[keys, papers],
    )
