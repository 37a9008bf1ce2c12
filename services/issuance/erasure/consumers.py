"""Erasures that identity announces."""

from collections.abc import Sequence

from libs.clock import utc_now
from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.identity import CitizenErased
from libs.messaging.reading.router import Batch, Router, Tx
from services.issuance.erasure import use_cases

router = Router("issuance")


@router.publisher(topics.ISSUANCE_ERASED)
@router.subscriber(topics.ERASURES)
async def on_erasures(batch: Batch[CitizenErased], tx: Tx) -> Sequence[Event]:
    """A citizen is erased: her papers are emptied."""
    return [await use_cases.erase_citizen(tx, event, at=utc_now()) for event in batch.events]
