"""Consumes the catalogue's events."""

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.applications.public_services import use_cases

router = Router("applications")


@router.subscriber(topics.CATALOGUE)
async def on_catalogue_events(batch: Batch[PublicServiceChanged], tx: Tx) -> None:
    """Copy public services that have changed."""
    await use_cases.copy_public_services(tx, batch)
