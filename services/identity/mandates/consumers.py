"""Uses of mandates, which applications announces, and areas that the programme opens or pauses."""

from libs.clock import utc_now
from libs.contracts import topics
from libs.contracts.applications import MandateUsed
from libs.contracts.programme import AreaStageChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.identity.mandates import use_cases

router = Router("identity")
router.publisher(topics.MANDATES_ENDED)
router.publisher(topics.ASSISTANCE)


@router.subscriber(topics.MANDATES_USED)
async def on_mandates_used(batch: Batch[MandateUsed], tx: Tx) -> None:
    """An application was sent with a mandate."""
    await use_cases.record_uses(tx, batch)


@router.subscriber(topics.ROLLOUT)
async def on_areas_changed(batch: Batch[AreaStageChanged], tx: Tx) -> None:
    """An area was opened, or paused: its centres stop, and their open mandates end."""
    await use_cases.follow_areas(tx, batch.events, utc_now())
