"""Consumes what happens to service centres."""

from libs.contracts import topics
from libs.contracts.identity import ServiceCentreChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.programme.centres import use_cases

router = Router("programme")


@router.subscriber(topics.CENTRES)
async def on_centres_changed(batch: Batch[ServiceCentreChanged], tx: Tx) -> None:
    """A service centre was added or changed, or stands in an area that was opened or paused."""
    await use_cases.save(tx, batch.events)
