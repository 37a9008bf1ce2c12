"""What issuance says of papers that ministries brought."""

from libs.contracts import topics
from libs.contracts.issuance import PaperIssued, PaperPrinted, PaperReplaced, PaperWithdrawn
from libs.messaging.reading.router import Batch, Router, Tx
from services.documents.own_papers import use_cases

router = Router("documents")


@router.subscriber(topics.ISSUANCE)
async def on_issued_papers(
    batch: Batch[PaperIssued | PaperReplaced | PaperWithdrawn | PaperPrinted], tx: Tx
) -> None:
    """A paper was issued: a PDF that a ministry brought is kept."""
    issued = [event for event in batch.events if isinstance(event, PaperIssued)]
    await use_cases.note_issued(tx, issued)
