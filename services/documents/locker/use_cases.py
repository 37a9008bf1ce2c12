"""Papers added, found, listed, deleted and scanned again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.documents import (
    Damage,
    DocumentDeletion,
    DocumentList,
    DocumentReceipt,
    DocumentState,
)
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from services.documents.locker import queries
from services.documents.locker.rules import Document, Helper, Use, Way
from services.documents.receipts.signer import ReceiptSigner

LATE_EVENTS: Final = timedelta(days=2)
"""Time for which the content outlives its last receipt: an application may be submitted with it in
the last second, and its event may come late."""

_SCANNED_AT_ONCE = 20
_SCANNED_AGAIN: Final = timedelta(hours=1)
_COUNTED = 1_000
_DELETED_AT_ONCE = 500
_AGAIN: Final = timedelta(days=1)


async def add_document(tx: Transaction, document: Document, *, most: int) -> Document:
    """Add a paper to its citizen's locker; return it, or the one that is there already.

    The same files given again as the same kind are the same paper, so repeats do no harm.

    Args:
        tx: the open transaction.
        document: the paper.
        most: papers that the citizen may have, or that may be uploaded with its mandate.

    Raises:
        Refused: there are as many already.
        Unavailable: the paper that was there was deleted meanwhile; a repeat succeeds.
    """
    await lock_quotas(tx, document.citizen_id)
    same = (document.citizen_id, document.kind, document.source_sha256, document.mandate_id)
    stored = await find_same(tx, *same)
    if stored is not None:
        return stored
    await check_room(tx, document.citizen_id, document.mandate_id, most=most)
    if await queries.insert_document(tx, document):
        return document
    stored = await find_same(tx, *same)
    if stored is None:
        raise Unavailable("database", "the same paper was added and deleted at once")
    return stored


async def lock_quotas(tx: Transaction, person_id: UUID) -> None:
    """Lock the quotas of a person until the transaction ends."""
    await queries.lock_quotas(tx, person_id)


async def check_room(
    tx: Transaction, citizen_id: UUID, mandate_id: UUID | None, *, most: int
) -> None:
    """Check that one more paper may be kept; deleted ones count until they are gone.

    Raises:
        Refused: there are `most` in the locker, or of the mandate.
    """
    if await queries.count_documents(tx, citizen_id, mandate_id) >= most:
        raise Refused("locker_full")


async def find_same(
    tx: Transaction, citizen_id: UUID, kind: str, source_sha256: str, mandate_id: UUID | None
) -> Document | None:
    """Return the paper in a citizen's locker that was made of the same files, if there is one.

    It is locked until the transaction ends.

    Uploads of an uddokta are compared with papers of the same mandate only. One that cannot be read
    is none of them: the files are taken again.
    """
    document_id = await queries.find_same(tx, citizen_id, kind, source_sha256, mandate_id)
    found = await queries.find_document(tx, document_id) if document_id else None
    if found is not None and found.damage is not None:  # its row was changed, and nobody noted it
        await queries.save_damage(tx, found.document_id, found.damage)
        return None
    return found


async def find_own(tx: Transaction, citizen_id: UUID, document_id: UUID) -> Document:
    """Return a paper in a citizen's locker.

    Raises:
        Refused: there is none.
    """
    found = await queries.find_document(tx, document_id)
    if found is None or found.citizen_id != citizen_id or found.deleted_at is not None:
        raise Refused("document_unknown")
    return found


async def find_given(
    tx: Transaction, citizen_id: UUID, helper: Helper, document_id: UUID
) -> Document:
    """Return a paper that an uddokta uploaded for a citizen with this mandate.

    Raises:
        Refused: there is none, as of everything else in the citizen's locker.
    """
    found = await find_own(tx, citizen_id, document_id)
    given = found.helper
    if given is None or (given.mandate_id, given.uddokta_id) != (
        helper.mandate_id,
        helper.uddokta_id,
    ):
        raise Refused("document_unknown")
    return found


async def lock_own(tx: Transaction, citizen_id: UUID, document_id: UUID) -> Document:
    """Return a paper in a citizen's locker, locked until the transaction ends.

    A transaction that is deleting it is waited for.

    Raises:
        Refused: there is none, or it was just deleted.
    """
    await queries.lock_document(tx, document_id)
    return await find_own(tx, citizen_id, document_id)


async def find_kept(tx: Transaction, document_id: UUID) -> Document | None:
    """Return a paper, also one that is kept only for an application; None if it is gone."""
    return await queries.find_document(tx, document_id)


async def list_documents(tx: Transaction, citizen_id: UUID) -> DocumentList:
    """Return the papers in a locker, the newest first, with who has looked at them."""
    documents = await queries.list_documents(tx, citizen_id)
    fetches = await queries.find_fetches(tx, [document.document_id for document in documents])
    return DocumentList(
        items=[document.view(fetches.get(document.document_id, [])) for document in documents]
    )


async def with_receipt(
    tx: Transaction, document: Document, signer: ReceiptSigner, mandate_id: UUID | None = None
) -> DocumentReceipt:
    """Return a paper with a new receipt; it is kept as long as the receipt may be used.

    Args:
        tx: the open transaction.
        document: the paper, new or locked: else another transaction may delete it.
        signer: signs receipts.
        mandate_id: if the receipt is for an uddokta, and goes with this mandate only.

    Raises:
        Refused: its content cannot be read.
    """
    if document.damage is not None:
        raise Refused("document_damaged")
    receipt, expires_at = signer.sign(document.citizen_id, document.reference(), mandate_id)
    await queries.keep_until(tx, document.document_id, expires_at + LATE_EVENTS)
    fetches = await queries.find_fetches(tx, [document.document_id])
    return document.with_receipt(receipt, expires_at, fetches.get(document.document_id, []))


async def note_held(tx: Transaction, document: Document, at: datetime) -> Document:
    """Note when issuance said that an issued paper was valid; return the paper with that."""
    await queries.save_held(tx, document.document_id, at)
    return replace(document, held_at=max(document.held_at or at, at))


async def delete(
    tx: Transaction, citizen_id: UUID, document_id: UUID, *, at: datetime, receipt_valid_h: float
) -> DocumentDeletion:
    """Take a paper out of the locker; its content stays while an application needs it.

    It also stays until the last receipt has expired, since an application may come with it.

    Raises:
        Refused: there is no such paper.
    """
    document = await lock_own(tx, citizen_id, document_id)
    until = min(document.kept_until, at + timedelta(hours=receipt_valid_h) + LATE_EVENTS)
    await queries.mark_deleted(tx, document_id, at, until)
    return DocumentDeletion(
        document_id=document_id, deleted_at=until, needed_by=list(document.needed_by)
    )


async def take_not_scanned(tx: Transaction) -> list[UUID]:
    """Take papers that no scanner has seen, 20 at most; each is due again after an hour."""
    return await queries.take_not_scanned(tx, limit=_SCANNED_AT_ONCE, again=_SCANNED_AGAIN)


async def make_due(tx: Transaction, document_ids: Collection[UUID]) -> None:
    """Have papers scanned again that no scanner could read, behind those that are due."""
    await queries.make_due(tx, document_ids)


async def save_state(tx: Transaction, document_id: UUID, state: DocumentState) -> None:
    """Save a scanner's verdict on a paper; its content can be read again if it could not before."""
    await queries.save_state(tx, document_id, state)


async def save_damage(tx: Transaction, document_id: UUID, damage: Damage) -> None:
    """Save why the content of a paper cannot be read; it is looked at again until it can be."""
    await queries.save_damage(tx, document_id, damage)


async def find_oldest_to_scan(tx: Transaction) -> datetime | None:
    """Return when the oldest paper came that no scanner has seen and that can be read."""
    return await queries.find_oldest_to_scan(tx)


async def count_damaged(tx: Transaction) -> int:
    """Count the papers whose content cannot be read, up to 1,000."""
    return await queries.count_damaged(tx, limit=_COUNTED)


async def missing_owners(tx: Transaction, object_ids: Collection[UUID]) -> set[UUID]:
    """Return the object ids that are no paper's, whose objects are orphans."""
    return await queries.missing_owners(tx, object_ids)


async def note_uses(
    tx: Transaction, uses: Sequence[Use], ends: Mapping[UUID, datetime], *, kept: timedelta
) -> None:
    """Note that applications need papers, and when applications ended, by their ids.

    Args:
        tx: the open transaction.
        uses: papers that are gone are left out.
        ends: of applications.
        kept: time for which their papers are kept after that.
    """
    if uses:
        await queries.insert_uses(tx, uses)
    if ends:
        await queries.end_uses(tx, ends, kept)


async def reopen_uses(tx: Transaction, application_ids: Collection[UUID]) -> None:
    """Note that applications that had ended need their papers again."""
    if application_ids:
        await queries.reopen_uses(tx, application_ids)


async def delete_ended(tx: Transaction, at: datetime) -> int:
    """Delete papers whose time is over; return how many were looked at, 500 at most.

    One that an open application needs then is looked at again the next day.
    """
    return await queries.delete_ended(tx, at, limit=_DELETED_AT_ONCE, again=_AGAIN)


async def delete_of_citizen(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Delete all papers of a citizen, with their keys; return their ids."""
    return await queries.delete_of_citizen(tx, citizen_id)


async def is_used_by(
    tx: Transaction, document_id: UUID, application_id: UUID, ministry: str
) -> bool:
    """Whether an application that went to a ministry has a paper."""
    return await queries.is_used_by(tx, document_id, application_id, ministry)


async def count_view(
    tx: Transaction, document_id: UUID, ministry: str, way: Way, at: datetime
) -> None:
    """Count that a ministry fetched a paper."""
    await queries.count_view(tx, document_id, ministry, way, at)
