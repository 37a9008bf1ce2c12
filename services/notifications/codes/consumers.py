"""Requests for one-time codes, which have a topic of their own."""

from libs.contracts.identity import CodeRequested
from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from services.notifications.codes import use_cases


async def on_message_requests(batch: Batch[CodeRequested], tx: Transaction) -> None:
    """A citizen asked for a one-time code."""
    await use_cases.write_codes(tx, batch.events)
