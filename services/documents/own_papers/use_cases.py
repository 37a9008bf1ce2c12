"""Ministries bring PDFs, decisions issue them, and the others go."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from libs.contracts.documents import Damage, OwnPaperReceipt, OwnPaperTaken, SendOwnPaper
from libs.contracts.issuance import PaperIssued
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.ids import derived_id, new_id
from libs.web.signed.own_papers import (
    RECEIPT_VALID,
    make_own_receipt,
    own_paper_key,
)
from services.documents.intake import openings
from services.documents.intake.pipeline import Intake, Made
from services.documents.intake.rules import Opening
from services.documents.locker import use_cases as locker
from services.documents.own_papers import queries, rules
from services.documents.own_papers.rules import OwnPaper
from services.documents.processing.processor import read_file, workplace

LATE_EVENTS: Final = timedelta(days=2)
"""Time for which a paper outlives its receipt: that it is issued may be heard late."""

_DELETED_AT_ONCE: Final = 500
_MINISTRIES: Final = UUID(int=0)


async def take(intake: Intake, ministry: str, sent: SendOwnPaper) -> OwnPaperTaken:
    """Check and store a PDF of a ministry; the same one again is the same paper.

    Raises:
        Refused: it is infected, no PDF, has a script or the like, or was refused before; or too
            many were sent.
        Unavailable: no scanner answers where one is configured, or too many files are waiting.
    """
    sender_id = derived_id(_MINISTRIES, f"papers of {ministry}")
    at = intake.clock.now()
    digest = sha256(sent.content).hexdigest()
    opening = Opening(new_id(), sender_id, sender_id, digest, at)
    async with intake.turns.of(sender_id), workplace(intake.settings.scratch) as place:
        source = await place.add(0, _pieces(sent.content))
        paper = await _same_or_begin(intake, ministry, sent, opening)
        if paper is None:
            made = await intake.open_files(place, [source], opening, unchanged=True)
            if made.state != "clean" and intake.settings.scanner:
                raise Unavailable("scanner", "a ministry's paper is stored after its scan only")
            paper = _paper(ministry, sent, made, at)
            await intake.contents.write(paper, read_file(place.content), read_file(place.thumbnail))
            async with intake.database.transaction() as tx:
                await queries.insert_paper(tx, paper)
    key = own_paper_key(intake.settings.papers_secret.get_secret_value())
    receipt = OwnPaperReceipt(
        paper.document_id, ministry, sent.application_id, sent.applicant_id, paper.sha256
    )
    return OwnPaperTaken(
        receipt=make_own_receipt(receipt, key, at),
        receipt_expires_at=at + RECEIPT_VALID,
        sha256=paper.sha256,
        size_bytes=paper.size_bytes,
        pages=paper.pages,
    )


async def _same_or_begin(
    intake: Intake, ministry: str, sent: SendOwnPaper, opening: Opening
) -> OwnPaper | None:
    """Return the paper that was made of the same file; else note that it is opened."""
    at = opening.opened_at
    async with intake.database.transaction() as tx:
        same = await queries.find_same(tx, sent.application_id, ministry, opening.source_sha256)
        if same is not None:
            await queries.keep_until(tx, same, at + RECEIPT_VALID + LATE_EVENTS)
            found = await queries.find_paper(tx, same, ministry)
            if found is not None and found.citizen_id == sent.applicant_id and not found.damage:
                return found
        await openings.begin(tx, opening)
        rules.check_room(await queries.count_since(tx, ministry, at - rules.COUNTED))
        return None


def _paper(ministry: str, sent: SendOwnPaper, made: Made, at: datetime) -> OwnPaper:
    return OwnPaper(
        document_id=new_id(),
        ministry=ministry,
        application_id=sent.application_id,
        citizen_id=sent.applicant_id,
        object_id=made.object_id,
        content_key=made.content_key,
        size_bytes=made.size_bytes,
        pages=made.pages,
        sha256=made.sha256,
        uploaded_at=at,
        kept_until=at + RECEIPT_VALID + LATE_EVENTS,
    )


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def note_issued(tx: Transaction, events: Sequence[PaperIssued]) -> None:
    """Keep the PDFs that decisions have issued."""
    await queries.keep(tx, [event.document_id for event in events if event.document_id])


async def find(tx: Transaction, document_id: UUID, ministry: str) -> OwnPaper | None:
    """Return a paper of a ministry; None if there is none of this id."""
    return await queries.find_paper(tx, document_id, ministry)


async def delete_of_citizen(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the papers about applications of a citizen; return how many."""
    await locker.lock_quotas(tx, citizen_id)
    return await queries.delete_of_citizen(tx, citizen_id)


async def delete_ended(tx: Transaction, at: datetime) -> int:
    """Delete papers that no decision has issued in time; return how many, 500 at most."""
    return await queries.delete_ended(tx, at, limit=_DELETED_AT_ONCE)


async def save_damage(tx: Transaction, document_id: UUID, damage: Damage) -> None:
    """Save why the content of a paper cannot be read."""
    await queries.save_damage(tx, document_id, damage)


async def missing_owners(tx: Transaction, object_ids: Collection[UUID]) -> set[UUID]:
    """Return the object ids that are no paper's, whose objects are orphans."""
    return await queries.missing_owners(tx, object_ids)
