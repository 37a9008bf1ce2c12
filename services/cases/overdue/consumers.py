"""Consumes who answers for ministries, and the posts above."""

from libs.contracts import topics
from libs.contracts.programme import FocalPointsChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.cases.overdue import use_cases

router = Router("cases")


@router.subscriber(topics.FOCAL_POINTS)
async def on_focal_points(batch: Batch[FocalPointsChanged], tx: Tx) -> None:
    """Somebody else answers for a ministry, or a post above has another address."""
    await use_cases.keep_contacts(tx, batch.events)
