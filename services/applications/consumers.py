"""What applications does with the events it hears."""

from collections.abc import Mapping
from typing import TypeAlias

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.notifications import MessageDelivered, MessageFailed, MessageSent
from libs.contracts.topics import Topic
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging import outbox
from libs.messaging.batch import Batch
from libs.messaging.handle import Handler
from services.applications.domain import life
from services.applications.domain.offers import OFFERS_CHANGED, PublicService, public_service_of
from services.applications.domain.timeline import entries_of
from services.applications.store import cases, public_services, story

MessageEvent: TypeAlias = MessageSent | MessageDelivered | MessageFailed


async def on_catalogue_events(batch: Batch[PublicServiceChanged], tx: Transaction) -> None:
    """Keep each public service as it was told last; one that cannot work is put aside."""
    newest: dict[str, PublicService] = {}
    for event in batch.events:
        try:
            told = public_service_of(event)
        except Refused as broken:
            batch.refuse(event, broken)
            continue
        known = newest.setdefault(told.public_service_id, told)
        if known.changed_at <= told.changed_at:
            newest[told.public_service_id] = told
    await public_services.save_public_services(tx, list(newest.values()))
    tx.notify_on_commit(OFFERS_CHANGED)


async def on_ministry_events(batch: Batch[life.MinistryEvent], tx: Transaction) -> None:
    """Move applications by what their ministries say, and tell everyone."""
    applications = await cases.lock_applications(tx, batch.keys())
    changed, told = batch.fold(applications, life.hear_ministry)
    await cases.save_applications(tx, changed)
    await story.insert_entries(tx, entries_of(told))
    await outbox.add(tx, told)


async def on_notification_events(batch: Batch[MessageEvent], tx: Transaction) -> None:
    """Note in the timelines what became of messages; the cases are neither held nor changed."""
    known = await cases.known_applications(tx, batch.keys())
    for event in batch.events:
        if event.application_id not in known:
            batch.refuse(event, Refused("unknown_key", f"no row for this {event.type}"))
    noted = [event for event in batch.events if event.application_id in known]
    await story.insert_entries(tx, entries_of(noted))


HANDLERS: Mapping[Topic, Handler] = {
    topics.CATALOGUE: on_catalogue_events,
    topics.MINISTRIES: on_ministry_events,
    topics.NOTIFICATIONS: on_notification_events,
}
