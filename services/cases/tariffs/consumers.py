"""Tariffs that the catalogue publishes."""

from libs.contracts import topics
from libs.contracts.catalogue import TariffChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.cases.tariffs import use_cases

router = Router("cases")


@router.subscriber(topics.TARIFFS)
async def on_tariffs_changed(batch: Batch[TariffChanged], tx: Tx) -> None:
    """Two people published what an item costs, with the days on which it does."""
    await use_cases.copy_tariffs(tx, batch.events)
