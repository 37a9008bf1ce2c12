"""Consumes who answers for ministries."""

from libs.contracts import topics
from libs.contracts.programme import FocalPointsChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.ministries.escalations import use_cases

router = Router("ministries")


@router.subscriber(topics.FOCAL_POINTS)
async def on_focal_points(batch: Batch[FocalPointsChanged], tx: Tx) -> None:
    """Somebody else answers for a ministry, or nobody any more."""
    await use_cases.keep_focal_points(tx, batch.events)
