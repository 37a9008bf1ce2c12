"""Consumes the status of ministries' systems."""

from libs.contracts import topics
from libs.contracts.ministries import MinistryStatusChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.applications.ministry_status import use_cases

router = Router("applications")


@router.subscriber(topics.STATUS)
async def on_ministry_statuses(batch: Batch[MinistryStatusChanged], tx: Tx) -> None:
    """Keep the last status of every ministry's system."""
    await use_cases.keep_statuses(tx, batch.events)
