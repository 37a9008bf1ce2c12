"""Consumes who is qualified, and what is needed."""

from libs.contracts import topics
from libs.contracts.programme import QualificationChanged, QualificationNeeded
from libs.messaging.reading.router import Batch, Router, Tx
from services.identity.qualifications import use_cases

router = Router("identity")


@router.subscriber(topics.QUALIFICATIONS)
async def on_qualification_events(
    batch: Batch[QualificationChanged | QualificationNeeded], tx: Tx
) -> None:
    """Somebody has passed a course, or a course is needed from a day on."""
    await use_cases.save(tx, batch.events)
