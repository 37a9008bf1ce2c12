"""What cases says of the papers that cases have."""

from collections.abc import Sequence

from libs.contracts import topics
from libs.contracts.cases import CasePapersChanged
from libs.contracts.events import Event
from libs.messaging.reading.router import Batch, Router, Tx
from services.documents.case_papers import use_cases

router = Router("documents")


@router.publisher(topics.DOCUMENTS_ERASED)
@router.subscriber(topics.CASE_PAPERS)
async def on_case_papers(batch: Batch[CasePapersChanged], tx: Tx) -> Sequence[Event]:
    """A case has other papers than before; an erasure that waited for it is confirmed."""
    return await use_cases.note_kept(tx, batch.events)
