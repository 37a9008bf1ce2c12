"""Consumes the catalogue's events."""

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.documents.public_services import use_cases

router = Router("documents")


@router.subscriber(topics.CATALOGUE)
async def on_catalogue_events(batch: Batch[PublicServiceChanged], tx: Tx) -> None:
    """A public service was added or changed."""
    await use_cases.save_kinds(tx, batch.events)
