"""Issues papers and ends them, many at a time."""

from datetime import UTC, datetime
from typing import Final, TypeAlias

from libs.contracts.events import Event
from libs.contracts.ministries import PaperGranted, PaperRevoked
from libs.database.transaction import Transaction
from libs.messaging.reading.batch import Batch
from services.issuance.erasure import use_cases as erasure
from services.issuance.papers import use_cases as papers

Decision: TypeAlias = PaperGranted | PaperRevoked

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


async def issue(tx: Transaction, batch: Batch[Decision]) -> list[Event]:
    """Store the papers of a batch, and end those that it withdraws or replaces.

    Of a citizen who was erased since, a paper has its number and nothing else; one that was granted
    later is left. A decision whose template or fields are none of ours becomes a dead letter, and
    so does the withdrawal of a paper that is unknown or has ended; the others count.
    """
    await papers.wait_for_erasure(tx)
    citizens = {event.citizen_id for event in batch.events if isinstance(event, PaperGranted)}
    erased = await erasure.find_erased(tx, citizens)
    decisions = [
        papers.of_nobody(event)
        if isinstance(event, PaperGranted) and event.citizen_id in erased
        else event
        for event in batch.events
        if isinstance(event, PaperRevoked)
        or event.occurred_at < erased.get(event.citizen_id, _NEVER)
    ]
    granted = [event for event in decisions if isinstance(event, PaperGranted)]
    issued, not_issued = await papers.add(tx, granted)
    ends = [event for event in decisions if event.event_id not in not_issued]
    ended, not_ended = await papers.end(tx, ends)
    refused = not_issued | not_ended
    for event in batch.events:
        if event.event_id in refused:
            batch.refuse(event, refused[event.event_id])
    return [*issued, *ended]
