"""Ministries bring PDFs, decisions issue them, and the others go."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.documents import (
    LARGEST_OWN_BYTES,
    Damage,
    OwnPaperReceipt,
    OwnPaperTaken,
    SendOwnPaper,
)
from libs.contracts.issuance import PaperIssued
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.ids import derived_id, new_id
from libs.web.signed.own_papers import (
    RECEIPT_VALID,
    make_own_receipt,
    own_paper_key,
)
from services.documents.intake import openings
from services.documents.intake.pipeline import Intake, Made, hash_of
from services.documents.intake.rules import Opening
from services.documents.locker import use_cases as locker
from services.documents.own_papers import queries, rules
from services.documents.own_papers.rules import About, OwnPaper
from services.documents.processing.processor import read_file, workplace

LATE_EVENTS: Final = timedelta(days=30)
"""Time for which a paper outlives its receipt: that it is issued may be heard as late as that."""

_DELETED_AT_ONCE: Final = 500
_COUNTED: Final = 1_000
_MINISTRIES: Final = UUID(int=0)


async def take(intake: Intake, ministry: str, sent: SendOwnPaper) -> OwnPaperTaken:
    """Check and store a PDF of a ministry's system; the same one again is the same paper.

    Raises:
        Refused: as `store`.
        Unavailable: as `store`.
    """
    sender_id = derived_id(_MINISTRIES, f"papers of {ministry}")
    about = About(ministry, sent.application_id, sent.applicant_id)
    paper = await store(intake, sender_id, about, _pieces(sent.content))
    at = intake.clock.now()
    key = own_paper_key(intake.settings.papers_secret.get_secret_value())
    receipt = OwnPaperReceipt(
        paper.document_id, ministry, sent.application_id, sent.applicant_id, paper.sha256
    )
    return OwnPaperTaken(
        receipt=make_own_receipt(receipt, key, at),
        receipt_expires_at=at + RECEIPT_VALID,
        document_id=paper.document_id,
        sha256=paper.sha256,
        size_bytes=paper.size_bytes,
        pages=paper.pages,
    )


async def store(
    intake: Intake, sender_id: UUID, about: About, content: AsyncIterator[bytes]
) -> OwnPaper:
    """Check and store a PDF of an office as it is; the same one again is the same paper.

    Args:
        intake: makes papers.
        sender_id: whose files are opened one after the other. What was refused is counted by
            sender and application, so that one application stops no other one.
        about: what it is the paper about.
        content: the file.

    Raises:
        Refused: it is infected, too large, no PDF, has a script or the like, or was refused before;
            or too many were sent.
        Unavailable: no scanner answers where one is configured, or too many files are waiting.
    """
    at = intake.clock.now()
    async with intake.turns.of(sender_id), workplace(intake.settings.scratch) as place:
        source = await place.add(0, content)
        digest, size_bytes = await hash_of([source])
        if size_bytes > LARGEST_OWN_BYTES:
            raise Refused("own_paper_too_large")
        counted_for = derived_id(sender_id, f"about {about.application_id}")
        opening = Opening(new_id(), counted_for, sender_id, digest, at)
        paper = await _same_or_begin(intake, about, opening)
        if paper is None:
            made = await intake.open_files(place, [source], opening, unchanged=True)
            if made.state != "clean" and intake.settings.scanner:
                raise Unavailable("scanner", "a ministry's paper is stored after its scan only")
            paper = _paper(about, made, at)
            await intake.contents.write(paper, read_file(place.content), read_file(place.thumbnail))
            async with intake.database.transaction() as tx:
                await queries.insert_paper(tx, paper)
    return paper


async def _same_or_begin(intake: Intake, about: About, opening: Opening) -> OwnPaper | None:
    """Return the paper that was made of the same file; else note that it is opened."""
    at, ministry = opening.opened_at, about.ministry
    async with intake.database.transaction() as tx:
        same = await queries.find_same(tx, about.application_id, ministry, opening.source_sha256)
        if same is not None:
            await queries.keep_until(tx, same, at + RECEIPT_VALID + LATE_EVENTS)
            found = await queries.find_paper(tx, same, ministry)
            if found is not None and found.citizen_id == about.citizen_id and not found.damage:
                return found
        await openings.begin(tx, opening)
        since = at - rules.COUNTED
        rules.check_room(*await queries.count_since(tx, ministry, about.application_id, since))
        return None


def _paper(about: About, made: Made, at: datetime) -> OwnPaper:
    return OwnPaper(
        document_id=new_id(),
        ministry=about.ministry,
        application_id=about.application_id,
        citizen_id=about.citizen_id,
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


async def find_to_read(tx: Transaction, document_id: UUID, ministry: str) -> OwnPaper | None:
    """Return a paper of a ministry that is about to be read; None if there is none of this id.

    Whether it can be read is found out again.
    """
    paper = await queries.find_paper(tx, document_id, ministry)
    if paper is not None and paper.damage is not None:
        await queries.clear_damage(tx, document_id)
    return paper


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


async def count_damaged(tx: Transaction) -> int:
    """Count the papers whose content cannot be read, up to 1,000."""
    return await queries.count_damaged(tx, limit=_COUNTED)


async def missing_owners(tx: Transaction, object_ids: Collection[UUID]) -> set[UUID]:
    """Return the object ids that are no paper's, whose objects are orphans."""
    return await queries.missing_owners(tx, object_ids)
