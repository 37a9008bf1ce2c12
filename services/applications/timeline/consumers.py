"""Consumes the events of notifications and of issuance."""

from collections.abc import Sequence

from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.notifications import MessageFailed
from libs.messaging.reading.router import Batch, Router, Tx
from services.applications.mandate_uses import use_cases as mandate_uses
from services.applications.mandate_uses.rules import AboutPaper
from services.applications.timeline import use_cases

router = Router("applications")


@router.subscriber(topics.NOTIFICATIONS)
async def on_notification_events(batch: Batch[MessageFailed], tx: Tx) -> None:
    """Add messages that failed for good to timelines."""
    await use_cases.add_failed_messages(tx, batch)


@router.publisher(topics.APPLICATIONS)
@router.subscriber(topics.ISSUANCE)
async def on_papers(batch: Batch[AboutPaper], tx: Tx) -> Sequence[Event]:
    """A paper about a decision was issued, printed at a centre, replaced or withdrawn."""
    await mandate_uses.save_papers(tx, batch.events)
    return await use_cases.add_papers(tx, batch)
