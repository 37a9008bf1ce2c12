"""Submissions become deliveries."""

from libs.contracts import topics
from libs.messaging.reading.router import Batch, Router, Tx
from services.ministries.deliveries import use_cases
from services.ministries.deliveries.rules import Submission

router = Router("ministries")
router.publisher(topics.HOSTED_MINISTRIES)  # events about deliveries and decisions
router.publisher(topics.HOSTED_DECISIONS)
router.publisher(topics.STATUS)
router.publisher(topics.CONNECTIONS)


@router.subscriber(topics.HOSTED_SUBMISSIONS)
async def on_submissions(batch: Batch[Submission], tx: Tx) -> None:
    """A citizen submitted, corrected or withdrew an application."""
    await use_cases.plan_deliveries(tx, batch.events)
