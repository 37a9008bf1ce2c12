"""Decisions that grant papers."""

from libs.contracts import topics
from libs.contracts.cases import PaperGranted
from libs.messaging.reading.router import Batch, Router, Tx
from services.issuance.issuing import use_cases

router = Router("issuance")


@router.subscriber(topics.DESK_DECISIONS)
async def on_decisions_at_the_desk(batch: Batch[PaperGranted], tx: Tx) -> None:
    """An office that works here decided."""
    await use_cases.issue(tx, batch)
