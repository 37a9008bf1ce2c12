"""Papers are kept as long as a case needs them, and then they are gone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from libs.contracts.documents import DocumentsErased
from libs.contracts.events import Event
from libs.contracts.identity import CitizenErased
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.erase_all import erase_all, erase_functions_of
from libs.messaging.delete_records import delete_records
from services.documents.case_papers import use_cases as case_papers
from services.documents.locker import use_cases as locker
from services.documents.retention import queries, rules
from services.documents.stops import use_cases as stops

_ERASE_FUNCTIONS = erase_functions_of("services.documents")


async def note_applications(tx: Transaction, events: Sequence[Event]) -> None:
    """Note which papers applications need, and from when on they do not; who follows them up.

    An application that goes on by an appeal needs its papers again, as far as they are there.
    """
    ends = rules.ends_of(events)
    await locker.reopen_uses(tx, rules.reopened_by(events))
    await locker.note_uses(tx, rules.uses_of(events), ends, kept=rules.KEPT_AFTER_CASE)
    await stops.follow_up(tx, events, ends)


async def erase_citizens(tx: Transaction, events: Sequence[CitizenErased]) -> list[DocumentsErased]:
    """Erase citizens; return the confirmations.

    Where officers have handed in papers to cases of a citizen, hers comes later: cases says first
    which of them stay with a decided case.
    """
    confirmations = [await erase_citizen(tx, event) for event in events]
    return [one for one in confirmations if not await case_papers.waits_for_cases(tx, one)]


async def erase_citizen(tx: Transaction, erased: CitizenErased) -> DocumentsErased:
    """Delete all papers and uploads of a citizen with their keys; return the confirmation.

    Without the keys the objects cannot be read; they are deleted at the next sweep. A repeat finds
    nothing any more, and confirms under the same event id.
    """
    document_ids = await locker.delete_of_citizen(tx, erased.citizen_id)
    deleted = await delete_records(tx, [erased.citizen_id, *document_ids])
    deleted |= await erase_all(tx, _ERASE_FUNCTIONS, erased.citizen_id, erased.occurred_at)
    deleted["documents"] = len(document_ids)
    return DocumentsErased.because_of(erased, deleted=deleted)


@asynccontextmanager
async def sweep_locked(database: Database) -> AsyncIterator[bool]:
    """Let one replica at a time list the store; tell whether it is this one.

    Raises:
        Unavailable: the database does not answer.
    """
    connection = await database.dedicated()
    try:
        yield await queries.lock_sweep(connection)
    finally:
        await connection.close()
