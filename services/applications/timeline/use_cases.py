"""Adds failed messages and papers to timelines, and returns citizens' applications."""

from typing import TypeAlias
from uuid import UUID

from libs.contracts.applications import (
    ApplicationList,
    ApplicationPaperIssued,
    ApplicationPaperReplaced,
    ApplicationPaperWithdrawn,
)
from libs.contracts.events import Event
from libs.contracts.issuance import PaperIssued, PaperPrinted, PaperReplaced, PaperWithdrawn
from libs.contracts.notifications import MessageFailed
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.reading.batch import Batch
from services.applications.lifecycle import use_cases as lifecycle
from services.applications.lifecycle.application import Application, canonical_tracking_number
from services.applications.lifecycle.entries import Entry
from services.applications.mandate_uses.rules import AboutPaper
from services.applications.public_services.cache import PublicServiceCache
from services.applications.timeline import queries

PaperFact: TypeAlias = PaperIssued | PaperReplaced | PaperWithdrawn


async def add_failed_messages(tx: Transaction, batch: Batch[MessageFailed]) -> None:
    """Add failed messages to timelines, without locking or changing applications.

    An event of an unknown application is refused.
    """
    existing = await queries.existing_applications(tx, batch.keys())
    for event in batch.events:
        if event.application_id not in existing:
            batch.refuse(event, Refused("unknown_key", f"no row for this {event.type}"))
    events = [event for event in batch.events if event.application_id in existing]
    await lifecycle.save(tx, [], events)


async def add_papers(tx: Transaction, batch: Batch[AboutPaper]) -> list[Event]:
    """Add what became of papers to timelines, and return what is to be announced.

    Nothing is announced about an erased citizen's, nor of a print, which issuance tells. An event
    of an unknown application is refused.
    """
    applications = await lifecycle.lock_applications(tx, batch.keys())
    announced: list[Event] = []
    for event in batch.events:
        application = applications.get(event.application_id)
        if application is None:
            batch.refuse(event, Refused("unknown_key", f"no row for this {event.type}"))
        elif not application.erased and not isinstance(event, PaperPrinted):
            announced.append(_announced(application, event))
    await lifecycle.save(tx, [], announced)
    return announced


def _announced(application: Application, event: PaperFact) -> Event:
    facts = application.facts()
    match event:
        case PaperIssued():
            return ApplicationPaperIssued.because_of(event, **facts)
        case PaperReplaced():
            return ApplicationPaperReplaced.because_of(event, **facts)
        case PaperWithdrawn():
            return ApplicationPaperWithdrawn.because_of(event, **facts)


async def list_applications(
    tx: Transaction,
    services: PublicServiceCache,
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
        items=[
            application.summary(services.name_of(application.public_service_id))
            for application in page
        ],
        next=str(page[-1].application_id) if len(found) > limit else None,
    )


async def read_application(
    tx: Transaction, citizen_id: UUID, tracking_number: str
) -> tuple[Application, list[Entry]]:
    """Return a citizen's own application, and the entries of its timeline.

    The application is read last, so its status is at least as new as the entries. A live view does
    not send events again that are among them.

    Raises:
        Refused: the citizen has no application with this number, in any spelling.
    """
    number = canonical_tracking_number(tracking_number)
    entries = await queries.read_timeline(tx, number, citizen_id)
    application = await queries.find_own_application(tx, number, citizen_id)
    if application is None:
        raise Refused("application_unknown")
    return application, entries
