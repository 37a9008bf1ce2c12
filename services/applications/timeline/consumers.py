"""Consumes the events of notifications."""

from libs.contracts import topics
from libs.contracts.notifications import MessageFailed
from libs.messaging.reading.router import Batch, Router, Tx
from services.applications.timeline import use_cases

router = Router("applications")


@router.subscriber(topics.NOTIFICATIONS)
async def on_notification_events(batch: Batch[MessageFailed], tx: Tx) -> None:
    """Add messages that failed for good to timelines."""
    await use_cases.add_failed_messages(tx, batch)
