"""What notifications does with the events it hears."""

from collections.abc import Mapping

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.identity import CodeRequested
from libs.contracts.topics import Topic
from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from libs.messaging.handle import Handler
from services.notifications import store
from services.notifications.domain.contacts import IdentityEvent, newest_contacts
from services.notifications.domain.messages import (
    ApplicationEvent,
    code_message_for,
    messages_for,
)


async def on_identity_events(batch: Batch[IdentityEvent], tx: Transaction) -> None:
    """Keep where citizens are reached, let go what waited for it, and forget who is erased."""
    await store.save_contacts(tx, newest_contacts(batch.events))
    await store.cancel_messages_of_erased(tx, batch.keys())
    if await store.make_due(tx, batch.keys()):
        tx.notify_on_commit(store.SEND_MESSAGES)


async def on_catalogue_events(batch: Batch[PublicServiceChanged], tx: Transaction) -> None:
    """Keep what public services are called."""
    await store.save_public_services(tx, batch.events)


async def on_application_events(batch: Batch[ApplicationEvent], tx: Transaction) -> None:
    """Queue what citizens are to be told of their applications."""
    messages = [message for event in batch.events for message in messages_for(event)]
    await store.hold_contacts(tx, {message.citizen_id for message in messages})
    terms = tx.terms_of(store.SEND_MESSAGES)
    tx.give(store.SEND_MESSAGES, await store.insert_messages(tx, messages, terms))


async def on_message_requests(batch: Batch[CodeRequested], tx: Transaction) -> None:
    """Queue one-time codes, on a path of their own."""
    await store.insert_codes(tx, [code_message_for(event) for event in batch.events])
    tx.notify_on_commit(store.SEND_CODES)


HANDLERS: Mapping[Topic, Handler] = {
    topics.IDENTITY: on_identity_events,
    topics.CATALOGUE: on_catalogue_events,
    topics.APPLICATIONS: on_application_events,
    topics.MESSAGES: on_message_requests,
}
