"""The catalogue's public services, of which messages give the name."""

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from services.notifications.public_services import use_cases


async def on_catalogue_events(batch: Batch[PublicServiceChanged], tx: Transaction) -> None:
    """A public service was added or changed."""
    await use_cases.save_public_services(tx, batch.events)
