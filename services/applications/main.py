"""The service on one screen: its resources and its capabilities."""

from datetime import UTC, datetime

from libs.assembly import assemble, make_resources
from libs.bangladesh.calendar import add_working_days, dhaka_date
from libs.database.group import GroupCommit
from libs.operations.desk import Desk
from libs.operations.routes import Operations
from libs.service import Service
from libs.telemetry.tracing import Tracing
from libs.web.keys import Keys
from services.applications.deadlines.jobs import overdue_marker
from services.applications.lifecycle import consumers as lifecycle_consumers
from services.applications.lifecycle import routes as lifecycle_routes
from services.applications.lifecycle.jobs import blocked_announcer
from services.applications.public_services import consumers as public_services_consumers
from services.applications.public_services.cache import PublicServiceCache
from services.applications.public_services.jobs import cache_refresher
from services.applications.settings import Settings
from services.applications.submissions import routes as submissions_routes
from services.applications.submissions.jobs import response_cleaner
from services.applications.submissions.use_cases import submit_batch
from services.applications.timeline import consumers as timeline_consumers
from services.applications.tracking import routes as tracking_routes

NAME = "applications"
HANDLERS = {
    **public_services_consumers.HANDLERS,
    **lifecycle_consumers.HANDLERS,
    **timeline_consumers.HANDLERS,
}

_LONGEST_DEADLINE_DAYS = 250


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the service; nothing is connected before it runs.

    Args:
        settings: the settings.
        tracing: used instead of a tracing made from the settings.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    database = resources.database
    keys = Keys(
        settings.identity_url, tracing=resources.tracing, metrics=resources.metrics, needed=True
    )
    dead_letters = Desk(NAME, database, HANDLERS, {}, tracing=resources.tracing)
    cache = PublicServiceCache()
    group = GroupCommit("submit", database, submit_batch, max_items=settings.group_limit)
    # Load the public holidays now: it takes a second, and the first citizen must not wait for it.
    add_working_days(dhaka_date(_now()), _LONGEST_DEADLINE_DAYS)
    return assemble(
        resources,
        routes=[
            *submissions_routes.routes(database, keys.checker, cache, group, _now),
            *lifecycle_routes.routes(database, keys.checker, cache, _now),
            *tracking_routes.routes(database, keys.checker, cache),
            *Operations(dead_letters, keys.checker).routes(),
        ],
        handlers=HANDLERS,
        parts=[
            group,
            keys,
            cache_refresher(database, cache, every_s=settings.catalogue_refresh_s),
            overdue_marker(
                database, _now, every_s=settings.overdue_every_s, limit=settings.overdue_limit
            ),
            response_cleaner(database, _now, kept_days=settings.responses_kept_days),
            blocked_announcer(database),
        ],
    )


def _now() -> datetime:
    return datetime.now(UTC)
