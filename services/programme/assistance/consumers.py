"""Consumes how mandates ended, and that citizens complained."""

from libs.contracts import topics
from libs.contracts.identity import ComplaintMade, MandateClosed
from libs.messaging.reading.router import Batch, Router, Tx
from services.programme.assistance import use_cases

router = Router("programme")


@router.subscriber(topics.ASSISTANCE)
async def on_assistance(batch: Batch[MandateClosed | ComplaintMade], tx: Tx) -> None:
    """A mandate to apply is over, or a citizen complained about the help at a centre."""
    await use_cases.count(tx, batch.events)
