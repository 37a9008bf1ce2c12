"""Public services that the catalogue announces."""

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.cases.offices import use_cases

router = Router("cases")


@router.subscriber(topics.CATALOGUE)
async def on_public_services_changed(batch: Batch[PublicServiceChanged], tx: Tx) -> None:
    """A public service was changed; of it the rules of offices are copied, with their days."""
    await use_cases.copy_rules(tx, batch.events)
