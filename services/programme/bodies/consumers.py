"""Consumes what happens to public services."""

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.programme.bodies import use_cases

router = Router("programme")


@router.subscriber(topics.CATALOGUE)
async def on_catalogue_events(batch: Batch[PublicServiceChanged], tx: Tx) -> None:
    """A public service was opened, closed, published, or is another body's now."""
    await use_cases.record_services(tx, batch.events)
