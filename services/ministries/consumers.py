"""What ministries hears: submissions to hand over, and what the catalogue offers."""

from collections.abc import Mapping

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.topics import Topic
from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from libs.messaging.handle import Handler
from services.ministries import domain
from services.ministries.domain import Case, Submission
from services.ministries.store import cases, catalogue, deliveries
from services.ministries.store.deliveries import DUE


async def on_submission_events(batch: Batch[Submission], tx: Transaction) -> None:
    """Plan the delivery of each submission to its ministry."""
    planned = [domain.plan_delivery(submission) for submission in batch.events]
    await cases.open_cases(tx, [Case(each.application_id, each.ministry) for each in planned])
    tx.give(DUE, await deliveries.insert_deliveries(tx, planned, tx.terms_of(DUE)))


async def on_catalogue_events(batch: Batch[PublicServiceChanged], tx: Transaction) -> None:
    """Keep whose each public service is and what it is called."""
    await catalogue.save_public_services(tx, batch.events)


HANDLERS: Mapping[Topic, Handler] = {
    topics.SUBMISSIONS: on_submission_events,
    topics.CATALOGUE: on_catalogue_events,
}
