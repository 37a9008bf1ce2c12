"""Begin uploads, add their pieces, hand them on, delete them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.database.transaction import Transaction
from libs.errors import Refused
from services.documents.locker import use_cases as locker
from services.documents.uploads import queries
from services.documents.uploads.rules import Piece, Upload

_DELETED_AT_ONCE = 500
_HOUR: Final = timedelta(hours=1)


async def begin_upload(tx: Transaction, upload: Upload, *, most: int) -> None:
    """Store a new upload.

    Raises:
        Refused: the citizen has `most` unfinished uploads.
    """
    await locker.lock_quotas(tx, upload.citizen_id)
    if await queries.count_uploads(tx, upload.citizen_id) >= most:
        raise Refused("locker_full")
    await queries.insert_upload(tx, upload)


async def find_upload(tx: Transaction, citizen_id: UUID, upload_id: UUID, at: datetime) -> Upload:
    """Return an upload of a citizen.

    Raises:
        Refused: there is none, or it has expired.
    """
    found = await queries.find_uploads(tx, citizen_id, [upload_id], at)
    if upload_id not in found:
        raise Refused("upload_unknown")
    return found[upload_id]


async def find_complete(
    tx: Transaction, citizen_id: UUID, upload_ids: Sequence[UUID], at: datetime
) -> list[tuple[Upload, list[Piece]]]:
    """Return complete uploads of a citizen with their pieces, in the order of the ids.

    Raises:
        Refused: one is unknown, has expired, or is not complete.
    """
    found = await queries.find_uploads(tx, citizen_id, upload_ids, at)
    if not found.keys() >= set(upload_ids):
        raise Refused("upload_unknown")
    uploads = [found[upload_id] for upload_id in upload_ids]
    if any(upload.received_bytes < upload.size_bytes for upload in uploads):
        raise Refused("upload_incomplete")
    return [(upload, await queries.find_pieces(tx, upload.upload_id)) for upload in uploads]


async def count_bytes(
    tx: Transaction, citizen_id: UUID, at: datetime, size_bytes: int, *, most_bytes: int
) -> None:
    """Count bytes before they are stored, in a transaction that is committed.

    Raises:
        Refused: the person has sent too many in this hour.
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    if await queries.add_bytes(tx, citizen_id, hour, size_bytes) > most_bytes:
        raise Refused("upload_bytes_used", retry_after_s=(hour + _HOUR - at).total_seconds())


async def add_piece(tx: Transaction, upload: Upload, piece: Piece, size_bytes: int) -> None:
    """Record a stored piece.

    Raises:
        Refused: another request has added one there, or the upload is gone.
    """
    if not await queries.insert_piece(tx, upload.upload_id, piece, size_bytes):
        raise Refused("upload_offset_wrong")


async def finish_uploads(
    tx: Transaction, citizen_id: UUID, upload_ids: Sequence[UUID], document_id: UUID
) -> None:
    """Note the paper that was made of uploads, in this order; a repeat finds it by them."""
    await queries.finish_uploads(tx, citizen_id, upload_ids, document_id)


async def delete_upload(tx: Transaction, citizen_id: UUID, upload_id: UUID) -> list[Piece]:
    """Delete an upload of a citizen; return its pieces, whose objects are to be deleted.

    Raises:
        Refused: there is none.
    """
    pieces = await queries.find_pieces(tx, upload_id)
    if not await queries.delete_uploads(tx, citizen_id, [upload_id]):
        raise Refused("upload_unknown")
    return pieces


async def delete_expired(tx: Transaction, at: datetime) -> int:
    """Delete uploads that have expired, and counts of past hours; return how many uploads."""
    await queries.delete_bytes(tx, at - 2 * _HOUR)
    return await queries.delete_expired(tx, at, limit=_DELETED_AT_ONCE)


async def missing_owners(tx: Transaction, upload_ids: Collection[UUID]) -> set[UUID]:
    """Return the ids that are no upload's, whose objects are orphans."""
    return await queries.missing_owners(tx, upload_ids)
