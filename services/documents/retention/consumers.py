"""Consumers of events about applications, and about the erasure of citizens."""

from collections.abc import Sequence

from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.identity import CitizenErased
from libs.messaging.reading.router import Batch, Router, Tx
from services.documents.retention import use_cases
from services.documents.retention.rules import ApplicationEvent

router = Router("documents")


@router.subscriber(topics.APPLICATIONS, gathers=True)
async def on_application_events(batch: Batch[ApplicationEvent], tx: Tx) -> None:
    """An application was submitted, corrected, moved, decided, appealed or withdrawn."""
    await use_cases.note_applications(tx, batch.events)


@router.publisher(topics.DOCUMENTS_ERASED)
@router.subscriber(topics.ERASURES)
async def on_erasures(batch: Batch[CitizenErased], tx: Tx) -> Sequence[Event]:
    """A citizen is erased: papers and uploads are deleted."""
    return await use_cases.erase_citizens(tx, batch.events)
