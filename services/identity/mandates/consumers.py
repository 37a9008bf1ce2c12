"""Uses of mandates, which applications announces."""

from libs.contracts import topics
from libs.contracts.applications import MandateUsed
from libs.messaging.reading.router import Batch, Router, Tx
from services.identity.mandates import use_cases

router = Router("identity")
router.publisher(topics.MANDATES_ENDED)


@router.subscriber(topics.MANDATES_USED)
async def on_mandates_used(batch: Batch[MandateUsed], tx: Tx) -> None:
    """An application was sent with a mandate."""
    await use_cases.record_uses(tx, batch)
