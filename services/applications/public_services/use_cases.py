"""Copies the catalogue's public services, and loads the copy into the cache."""

from collections.abc import Collection

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.messaging.reading.batch import Batch
from services.applications.calendar import use_cases as calendars
from services.applications.public_services import queries
from services.applications.public_services.cache import PublicServiceCache
from services.applications.public_services.rules import PublicService, public_service_of

PUBLIC_SERVICES_CHANGED = "public_services_changed"
"""Notification sent on commit when the copy has changed."""


async def copy_public_services(tx: Transaction, batch: Batch[PublicServiceChanged]) -> None:
    """Store the newest version of each public service.

    An event with a broken form or an unknown ministry is refused; the stored copy stays.
    """
    newest: dict[str, PublicService] = {}
    for event in batch.events:
        try:
            copy = public_service_of(event)
        except Refused as refusal:
            batch.refuse(event, refusal)
            continue
        before = newest.setdefault(copy.public_service_id, copy)
        if before.changed_at <= copy.changed_at:
            newest[copy.public_service_id] = copy
    await queries.save_public_services(tx, list(newest.values()))
    tx.notify_on_commit(PUBLIC_SERVICES_CHANGED)


async def read_takers_of_appeals(tx: Transaction, ministries: Collection[str]) -> set[str]:
    """Return those ministries whose own adapters take objections to refusals."""
    return await queries.read_takers_of_appeals(tx, ministries)


async def refresh_cache(tx: Transaction, services: PublicServiceCache) -> int:
    """Load public services that any replica has stored since the last refresh.

    Returns:
        How many were loaded.

    Raises:
        Unavailable: no public service has arrived from the catalogue yet.
    """
    services.use_calendar(await calendars.read_calendar(tx))
    stored = await queries.public_service_versions(tx)
    if not stored:
        raise Unavailable("catalogue", "no public service has arrived yet")
    cached = services.versions()
    changed = [key for key, event_id in stored.items() if cached.get(key) != event_id]
    if changed:
        services.put(await queries.read_public_services(tx, changed))
    return len(changed)
