"""Consumes what happens to public services and to connections."""

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.ministries import ConnectionChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.programme.bodies import use_cases

router = Router("programme")


@router.subscriber(topics.CATALOGUE)
async def on_catalogue_events(batch: Batch[PublicServiceChanged], tx: Tx) -> None:
    """A public service was opened, closed, published, or is another body's now."""
    await use_cases.record_services(tx, batch.events)


@router.subscriber(topics.CONNECTIONS)
async def on_connection_events(batch: Batch[ConnectionChanged], tx: Tx) -> None:
    """A ministry's system was connected, checked, stopped or called again."""
    await use_cases.record_connections(tx, batch.events)
