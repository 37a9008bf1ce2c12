"""Requests for one-time codes, which have a topic of their own."""

from libs.contracts import topics
from libs.contracts.identity import CodeRequested, ConsentRequested
from libs.messaging.reading.router import Batch, Router, Tx
from services.notifications.codes import use_cases

router = Router("notifications")


@router.subscriber(topics.MESSAGES)
async def on_message_requests(batch: Batch[CodeRequested | ConsentRequested], tx: Tx) -> None:
    """A citizen asked for a one-time code, or is asked for a consent."""
    await use_cases.write_codes(tx, batch.events)
