"""Consumes the events of notifications."""

from libs.contracts import topics
from libs.messaging.router import Batch, Router, Tx
from services.applications.timeline import use_cases
from services.applications.timeline.use_cases import MessageEvent

router = Router("applications")


@router.subscriber(topics.NOTIFICATIONS)
async def on_notification_events(batch: Batch[MessageEvent], tx: Tx) -> None:
    """Add sent, delivered and failed messages to timelines."""
    await use_cases.add_message_events(tx, batch)
