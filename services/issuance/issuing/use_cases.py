"""Issues papers, many at a time."""

from libs.contracts.cases import PaperGranted
from libs.database.transaction import Transaction
from libs.messaging.reading.batch import Batch
from services.issuance.erasure import use_cases as erasure
from services.issuance.papers import use_cases as papers


async def issue(tx: Transaction, batch: Batch[PaperGranted]) -> None:
    """Store the papers of a batch; those of erased citizens are left.

    One whose template or fields are none of ours becomes a dead letter; the others are issued.
    """
    await papers.wait_for_erasure(tx)
    erased = await erasure.find_erased(tx, {event.citizen_id for event in batch.events})
    granted = [event for event in batch.events if event.citizen_id not in erased]
    refused = await papers.add(tx, granted)
    for event in granted:
        if event.event_id in refused:
            batch.refuse(event, refused[event.event_id])
