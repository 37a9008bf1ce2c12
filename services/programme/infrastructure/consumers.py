"""Consumes what devices of centres have measured."""

from libs.contracts import topics
from libs.contracts.identity import LineMeasured
from libs.messaging.reading.router import Batch, Router, Tx
from services.programme.infrastructure import use_cases

router = Router("programme")


@router.subscriber(topics.LINES)
async def on_lines_measured(batch: Batch[LineMeasured], tx: Tx) -> None:
    """A device of a centre measured the line there."""
    await use_cases.save_lines(tx, batch.events)
