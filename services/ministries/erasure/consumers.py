"""Erasures that identity announces."""

from collections.abc import Sequence

from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.identity import CitizenErased
from libs.messaging.reading.router import Batch, Router, Tx
from services.ministries.erasure import use_cases

router = Router("ministries")


@router.publisher(topics.DELIVERIES_ERASED)
@router.subscriber(topics.ERASURES)
async def on_erasures(batch: Batch[CitizenErased], tx: Tx) -> Sequence[Event]:
    """A citizen is erased: forms that wait are deleted."""
    return [await use_cases.erase_citizen(tx, event) for event in batch.events]
