"""Prints papers for citizens at service centres, and lists what was printed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.contracts.issuance import IssuedPapers
from libs.database.transaction import Transaction
from libs.messaging.writing import outbox
from services.issuance.papers import use_cases as papers
from services.issuance.papers.rules import Paper
from services.issuance.prints import queries, rules
from services.issuance.prints.rules import Print


async def list_all_papers(tx: Transaction, citizen_id: UUID, at: datetime) -> IssuedPapers:
    """Return all papers of a citizen, with where they were printed."""
    return await _view(tx, await papers.read_all_own(tx, citizen_id), at)


async def list_papers(
    tx: Transaction, citizen_id: UUID, tracking_number: str, at: datetime
) -> IssuedPapers:
    """Return a citizen's papers about an application, with where they were printed."""
    own = await papers.read_own(tx, citizen_id, tracking_number)
    return await _view(tx, own, at)


async def record(tx: Transaction, paper: Paper, made: Print) -> None:
    """Add a print of a paper to the journal, and announce it.

    The paper's row is locked, so that an end of the paper comes before this or after it.

    Raises:
        Refused: the paper was withdrawn or replaced meanwhile.
    """
    (await papers.lock(tx, paper.paper_id)).check_holds()
    await queries.insert_print(tx, made)
    await outbox.add(tx, [rules.printed(paper, made)])


async def _view(tx: Transaction, own: Sequence[Paper], at: datetime) -> IssuedPapers:
    prints = await queries.read_prints(tx, {paper.paper_id for paper in own})
    return IssuedPapers(
        items=[rules.view(paper, prints.get(paper.paper_id, []), at) for paper in own]
    )
