"""Officers send papers for cases, cases say which stay, and the others go.

Making a paper takes long (`intake/pipeline.py`), and no transaction may be open meanwhile. So
`take` opens its own transactions.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.cases import CasePapersChanged
from libs.contracts.documents import Damage, DocumentsErased
from libs.contracts.handed_in import PaperTaken
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.web.signed.hand_ins import (
    RECEIPT_VALID,
    HandInReceipt,
    HandInRight,
    make_receipt,
    receipt_key,
)
from services.documents.case_papers import queries, rules
from services.documents.case_papers.rules import CasePaper
from services.documents.intake import openings
from services.documents.intake.pipeline import Intake, Made, hash_of
from services.documents.intake.rules import Opening
from services.documents.locker import use_cases as locker
from services.documents.own_papers import use_cases as own_papers
from services.documents.own_papers.rules import About
from services.documents.processing.processor import read_file, workplace

LATE_EVENTS: Final = timedelta(days=2)
"""Time for which a paper outlives its receipt: that its case has it may be heard late."""

_DELETED_AT_ONCE: Final = 500
_COUNTED: Final = 1_000
_SETTLED_FOR: Final = timedelta(days=1)


async def take(
    intake: Intake, right: HandInRight, files: Sequence[AsyncIterator[bytes]]
) -> PaperTaken:
    """Take the files of a paper of a case; the same files again are the same paper.

    Raises:
        Refused: a file is infected, cannot become a paper, or was refused before; too many were
            sent; or the case takes none any more.
        Unavailable: no scanner answers where one is configured, or too many files are waiting.
    """
    async with (
        intake.turns.of(right.officer_id),
        workplace(intake.settings.scratch) as place,
    ):
        sources = [await place.add(number, file) for number, file in enumerate(files)]
        opening = Opening(
            new_id(),
            right.officer_id,
            right.officer_id,  # the file is an office's, and may come after her erasure
            (await hash_of(sources))[0],
            intake.clock.now(),
        )
        paper = await _same_or_begin(intake, right, opening)
        concerns = []
        if paper is None:
            made = await intake.open_files(place, sources, opening)
            if made.state != "clean" and intake.settings.scanner:
                raise Unavailable("scanner", "a paper of a case is stored after its scan only")
            paper, concerns = _paper(right, made, intake.clock.now()), list(made.concerns)
            await intake.contents.write(paper, read_file(place.content), read_file(place.thumbnail))
            await _store(intake, paper)
    at = intake.clock.now()
    key = receipt_key(intake.settings.papers_secret.get_secret_value())
    return PaperTaken(
        receipt=make_receipt(_receipt(right, paper), key, at),
        receipt_expires_at=at + RECEIPT_VALID,
        media_type=paper.media_type,
        size_bytes=paper.size_bytes,
        pages=paper.pages,
        concerns=concerns,
    )


async def take_own(
    intake: Intake, right: HandInRight, files: Sequence[AsyncIterator[bytes]]
) -> PaperTaken:
    """Take the PDF with which an office decides, as it is; it is the citizen's once it did.

    Raises:
        Refused: it is more than one file, or as `own_papers.store`.
        Unavailable: as `own_papers.store`.
    """
    if len(files) != 1 or right.application_id is None:
        raise Refused("document_no_pdf")
    about = About(right.ministry, right.application_id, right.citizen_id)
    paper = await own_papers.store(intake, right.officer_id, about, files[0])
    at = intake.clock.now()
    receipt = HandInReceipt(
        case_id=right.case_id,
        visit=right.visit,
        officer_id=right.officer_id,
        paper=right.paper,
        document_id=paper.document_id,
        media_type="application/pdf",
        size_bytes=paper.size_bytes,
        pages=paper.pages,
        is_scanned=bool(intake.settings.scanner),  # one that is configured has seen it
        sha256=paper.sha256,
    )
    key = receipt_key(intake.settings.papers_secret.get_secret_value())
    return PaperTaken(
        receipt=make_receipt(receipt, key, at),
        receipt_expires_at=at + RECEIPT_VALID,
        media_type=receipt.media_type,
        size_bytes=paper.size_bytes,
        pages=paper.pages,
    )


async def _same_or_begin(intake: Intake, right: HandInRight, opening: Opening) -> CasePaper | None:
    """Return the paper that was made of the same files; else note that they are opened."""
    at = opening.opened_at
    async with intake.database.transaction() as tx:
        document_id = await queries.find_same(
            tx, right.case_id, right.paper, opening.source_sha256, right.officer_id
        )
        if document_id is not None:
            await queries.keep_until(tx, document_id, at + RECEIPT_VALID + LATE_EVENTS)
            if (same := await queries.find_paper(tx, document_id)) and same.damage is None:
                return same
        await openings.begin(tx, opening)
        await _check_room(tx, right.officer_id, right.office_id, at)
        return None


async def _store(intake: Intake, paper: CasePaper) -> None:
    async with intake.database.transaction() as tx:
        await locker.lock_quotas(tx, paper.officer_id)
        await _check_room(tx, paper.officer_id, paper.office_id, paper.uploaded_at)
        await locker.lock_quotas(tx, paper.case_id)
        if not await queries.insert_paper(tx, paper):
            raise Refused("case_ended")


async def _check_room(tx: Transaction, officer_id: UUID, office_id: str, at: datetime) -> None:
    counts = await queries.count_since(tx, officer_id, office_id, at - rules.COUNTED)
    rules.check_room(*counts)


def _paper(right: HandInRight, made: Made, at: datetime) -> CasePaper:
    return CasePaper(
        document_id=new_id(),
        case_id=right.case_id,
        citizen_id=right.citizen_id,
        officer_id=right.officer_id,
        office_id=right.office_id,
        object_id=made.object_id,
        content_key=made.content_key,
        kind=right.paper,
        media_type=made.media_type,
        size_bytes=made.size_bytes,
        pages=made.pages,
        sha256=made.sha256,
        source_sha256=made.source_sha256,
        state="clean" if made.state == "clean" else "not_scanned",
        uploaded_at=at,
        kept_until=at + RECEIPT_VALID + LATE_EVENTS,
    )


def _receipt(right: HandInRight, paper: CasePaper) -> HandInReceipt:
    return HandInReceipt(
        case_id=right.case_id,
        visit=right.visit,
        officer_id=right.officer_id,
        paper=right.paper,
        document_id=paper.document_id,
        media_type=paper.media_type,
        size_bytes=paper.size_bytes,
        pages=paper.pages,
        is_scanned=paper.state == "clean",
    )


async def find_to_read(tx: Transaction, document_id: UUID) -> CasePaper | None:
    """Return a paper of a case that is about to be read; None if there is none of this id.

    Whether it can be read is found out again.
    """
    paper = await queries.find_paper(tx, document_id)
    if paper is not None and paper.damage is not None:
        await queries.clear_damage(tx, document_id)
    return paper


async def note_kept(tx: Transaction, events: Sequence[CasePapersChanged]) -> list[DocumentsErased]:
    """Keep and delete papers as cases says; return the confirmations that waited for it."""
    citizen_ids: set[UUID] = set()
    for event in events:
        await locker.lock_quotas(tx, event.case_id)
        if event.is_final:
            citizen_ids |= await queries.settle(
                tx, event.case_id, event.document_ids, event.occurred_at
            )
        else:
            until = event.occurred_at + LATE_EVENTS
            await queries.save_kept(tx, event.case_id, event.document_ids, until)
    return await queries.take_confirmations(tx, citizen_ids) if citizen_ids else []


async def waits_for_cases(tx: Transaction, confirmation: DocumentsErased) -> bool:
    """Whether cases has to say first which papers stay with their cases.

    The confirmation of the erasure is stored then, and is announced afterwards.
    """
    if not await queries.has_papers_of(tx, confirmation.citizen_id):
        return False
    await queries.save_confirmation(tx, confirmation)
    return True


async def delete_ended(tx: Transaction, at: datetime) -> int:
    """Delete papers that no case has and whose time is over; return how many, 500 at most."""
    deleted = await queries.delete_ended(tx, at, limit=_DELETED_AT_ONCE)
    if citizen_ids := {citizen_id for citizen_id in deleted if citizen_id}:
        await outbox.add(tx, await queries.take_confirmations(tx, citizen_ids))
    settled = await queries.delete_settled(tx, at - _SETTLED_FOR, limit=_DELETED_AT_ONCE)
    return len(deleted) + settled


async def save_damage(tx: Transaction, document_id: UUID, damage: Damage) -> None:
    """Save why the content of a paper cannot be read."""
    await queries.save_damage(tx, document_id, damage)


async def count_damaged(tx: Transaction) -> int:
    """Count the papers whose content cannot be read, up to 1,000."""
    return await queries.count_damaged(tx, limit=_COUNTED)


async def missing_owners(tx: Transaction, object_ids: Collection[UUID]) -> set[UUID]:
    """Return the object ids that are no paper's, whose objects are orphans."""
    return await queries.missing_owners(tx, object_ids)
