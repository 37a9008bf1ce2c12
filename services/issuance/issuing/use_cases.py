"""Issues papers and ends them, many at a time."""

from typing import TypeAlias

from libs.contracts.events import Event
from libs.contracts.ministries import PaperGranted, PaperRevoked
from libs.database.transaction import Transaction
from libs.messaging.reading.batch import Batch
from services.issuance.erasure import use_cases as erasure
from services.issuance.papers import use_cases as papers

Decision: TypeAlias = PaperGranted | PaperRevoked


async def issue(tx: Transaction, batch: Batch[Decision]) -> list[Event]:
    """Store the papers of a batch, and end those that it withdraws or replaces.

    Papers of erased citizens are left. A decision whose template or fields are none of ours becomes
    a dead letter, and so does the withdrawal of a paper that is unknown or has ended; the others
    count.
    """
    await papers.wait_for_erasure(tx)
    granted = [event for event in batch.events if isinstance(event, PaperGranted)]
    erased = await erasure.find_erased(tx, {event.citizen_id for event in granted})
    granted = [event for event in granted if event.citizen_id not in erased]
    issued, not_issued = await papers.add(tx, granted)
    there = {event.event_id for event in granted} - not_issued.keys()
    ends = [
        event
        for event in batch.events
        if isinstance(event, PaperRevoked) or event.event_id in there
    ]
    ended, not_ended = await papers.end(tx, ends)
    refused = not_issued | not_ended
    for event in batch.events:
        if event.event_id in refused:
            batch.refuse(event, refused[event.event_id])
    return [*issued, *ended]
