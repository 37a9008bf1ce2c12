"""Officers that identity announces."""

from libs.contracts import topics
from libs.contracts.identity import OfficerChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.cases.officers import use_cases

router = Router("cases")


@router.subscriber(topics.OFFICERS)
async def on_officers_changed(batch: Batch[OfficerChanged], tx: Tx) -> None:
    """An officer came, left, moved, got or lost a duty."""
    await use_cases.save_officers(tx, batch.events)
