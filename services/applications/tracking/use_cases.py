"""A citizen looks at their own applications."""

from uuid import UUID

from libs.contracts.applications import ApplicationList, ApplicationView
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.applications.lifecycle.application import canonical_tracking_number
from services.applications.public_services.cache import PublicServiceCache
from services.applications.timeline.use_cases import read_timeline
from services.applications.tracking import queries
from services.applications.tracking.rules import view


async def list_applications(
    tx: Transaction,
    cache: PublicServiceCache,
    citizen_id: UUID,
    *,
    after: UUID | None,
    limit: int,
) -> ApplicationList:
    """Return a page of at most `limit` applications of a citizen, newest first.

    The page begins after the application `after`, or with the newest one.
    """
    found = await queries.list_own_applications(tx, citizen_id, before=after, limit=limit + 1)
    page = found[:limit]
    return ApplicationList(
        items=[one.summary(cache.name_of(one.public_service_id)) for one in page],
        next=str(page[-1].application_id) if len(found) > limit else None,
    )


async def show_application(
    tx: Transaction, cache: PublicServiceCache, citizen_id: UUID, tracking_number: str
) -> ApplicationView:
    """Return a citizen's own application with its timeline.

    Raises:
        Refused: the citizen has no application with this number, in any spelling.
    """
    number = canonical_tracking_number(tracking_number)
    application = await queries.find_own_application(tx, number, citizen_id)
    if application is None:
        raise Refused("application_unknown")
    entries = await read_timeline(tx, application.application_id)
    return view(application, cache.name_of(application.public_service_id), entries)
