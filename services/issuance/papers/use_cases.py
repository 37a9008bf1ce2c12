"""Adds papers, finds them, and empties those of a citizen."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from libs.bangladesh.text import Malformed
from libs.contracts.events import Event
from libs.contracts.issuance import PaperIssued
from libs.contracts.ministries import PaperGranted, PaperRevoked
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import paper_number, parse_paper_number, parse_tracking_number
from services.issuance.papers import queries, rules
from services.issuance.papers.rules import Paper


async def add(
    tx: Transaction, granted: Sequence[PaperGranted]
) -> tuple[list[Event], dict[UUID, Refused]]:
    """Store the papers that decisions grant; a repeat changes nothing.

    The number is a keyed hash of what granted the paper: nobody can guess it, and a decision that
    is read again after a restore has the same one.

    Returns:
        What is to be announced, and why there is no paper, by what granted it.
    """
    added: list[Paper] = []
    announced: list[Event] = []
    refused: dict[UUID, Refused] = {}
    for event in granted:
        number = _number_of(tx, event.event_id)
        replaces = _number_of(tx, event.replaces) if event.replaces else None
        try:
            paper = rules.paper_of(event, number, replaces)
        except Refused as refusal:
            refused[event.event_id] = refusal
        else:
            added.append(paper)
            document_id = paper.own_file[0] if paper.own_file else None
            announced.append(PaperIssued.because_of(event, number=number, document_id=document_id))
    if added:
        await queries.insert_papers(tx, added)
        await queries.insert_body_years(tx, added)
    return announced, refused


def of_nobody(granted: PaperGranted) -> PaperGranted:
    """Return a paper of an erased citizen: its content is not stored, its number is.

    Its citizen_id belongs to nobody: it is that of the application, as where papers are emptied.
    """
    return granted.model_copy(update={"citizen_id": granted.application_id})


async def end(
    tx: Transaction, causes: Sequence[PaperGranted | PaperRevoked]
) -> tuple[list[Event], dict[UUID, Refused]]:
    """End papers that were withdrawn, or in whose place others came, in the order of the causes.

    Returns:
        What is to be announced, and why a paper was not withdrawn, by what withdrew it.
    """
    granted = [cause for cause in causes if isinstance(cause, PaperGranted)]
    revoked = [cause for cause in causes if isinstance(cause, PaperRevoked)]
    stored = await queries.lock_papers(tx, {cause.paper_id for cause in revoked}, granted)
    to_come = {cause.event_id for cause in granted}
    papers = {key: paper for key, paper in stored.items() if key not in to_come}
    ended: dict[UUID, Paper] = {}
    announced: list[Event] = []
    refused: dict[UUID, Refused] = {}
    for cause in causes:
        if cause.event_id in to_come and cause.event_id in stored:
            papers[cause.event_id] = stored[cause.event_id]
        try:
            after, said = _ended_by(papers, cause)
        except Refused as refusal:
            refused[cause.event_id] = refusal
            continue
        changed = {paper.paper_id: paper for paper in after}
        papers, ended = papers | changed, ended | changed
        announced += said
    if ended:
        await queries.save_ends(tx, ended.values())
    return announced, refused


def _ended_by(
    papers: Mapping[UUID, Paper], cause: PaperGranted | PaperRevoked
) -> tuple[list[Paper], list[Event]]:
    if isinstance(cause, PaperGranted):
        return rules.replaced(papers.values(), cause)
    after, said = rules.withdraw(papers.get(cause.paper_id), cause)
    return [after], [said]


def _number_of(tx: Transaction, granted_by: UUID) -> str:
    return paper_number(tx.cipher.index(f"paper {granted_by}"))


async def wait_for_erasure(tx: Transaction) -> None:
    """Wait for an erasure that runs at this moment; a later one waits for this transaction."""
    await queries.wait_for_erasure(tx)


async def find(tx: Transaction, typed: str) -> Paper:
    """Return the paper of a number, in any spelling.

    Raises:
        Refused: it is no number of a paper, or there is no such paper.
    """
    try:
        number = parse_paper_number(typed)
    except Malformed as malformed:
        raise Refused("paper_number_wrong", malformed.reason) from None
    paper = await queries.find_paper(tx, number)
    if paper is None:
        raise Refused("paper_unknown")
    return paper


async def lock(tx: Transaction, paper_id: UUID) -> Paper:
    """Return a paper without what it says; its row is locked.

    Raises:
        Refused: there is no such paper.
    """
    locked = await queries.lock_papers(tx, {paper_id})
    if paper_id not in locked:
        raise Refused("paper_unknown")
    return locked[paper_id]


async def read_own(tx: Transaction, citizen_id: UUID, tracking_number: str) -> list[Paper]:
    """Return a citizen's papers about an application, the newest first."""
    try:
        number = parse_tracking_number(tracking_number)
    except Malformed:
        return []
    return await queries.read_papers(tx, citizen_id, number)


async def read_all_own(tx: Transaction, citizen_id: UUID) -> list[Paper]:
    """Return a citizen's papers about all of her applications, the newest first."""
    return await queries.read_papers(tx, citizen_id, None)


async def read_ended(tx: Transaction, ministry: str) -> list[tuple[str, str, datetime]]:
    """Return number, state and end of the papers of a body that were withdrawn or replaced."""
    return await queries.read_ended(tx, ministry)


async def read_body_years(tx: Transaction) -> list[tuple[str, int]]:
    """Return of which bodies and years there are papers."""
    return await queries.read_body_years(tx)


async def lock_applications_of(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Return the applications about which a citizen has papers.

    No paper of anybody is added until the transaction ends.
    """
    await queries.lock_table(tx)
    return await queries.find_applications(tx, citizen_id)


async def empty_papers(tx: Transaction, citizen_id: UUID) -> int:
    """Empty a citizen's papers; their numbers stay. Return how many."""
    return await queries.empty_papers(tx, citizen_id)
