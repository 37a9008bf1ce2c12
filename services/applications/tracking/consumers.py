"""Changes of citizens' numbers."""

from libs.contracts import topics
from libs.messaging.reading.router import Batch, Router, Tx
from services.applications.tracking import use_cases
from services.applications.tracking.rules import IdentityEvent

router = Router("applications")


@router.subscriber(topics.IDENTITY)
async def on_identity_events(batch: Batch[IdentityEvent], tx: Tx) -> None:
    """A citizen has another number, or none any more."""
    await use_cases.save_phones(tx, batch.events)
