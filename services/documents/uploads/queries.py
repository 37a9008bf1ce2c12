"""SQL of uploads and their pieces."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from libs.database.transaction import Transaction
from services.documents.uploads.encrypted import UPLOAD_KEY, UPLOAD_NAME
from services.documents.uploads.rules import Piece, Upload


async def count_uploads(tx: Transaction, citizen_id: UUID) -> int:
    """Count the unfinished uploads of a citizen."""
    count: int = await tx.fetchval(
        "SELECT count(*) FROM uploads WHERE citizen_id = $1 AND document_id IS NULL", citizen_id
    )
    return count


async def insert_upload(tx: Transaction, upload: Upload) -> None:
    """Insert a new upload."""
    await tx.execute(
        """
        INSERT INTO uploads (upload_id, citizen_id, name, size_bytes, content_key, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        upload.upload_id,
        upload.citizen_id,
        tx.cipher.seal(UPLOAD_NAME, upload.upload_id, upload.name),
        upload.size_bytes,
        tx.cipher.seal(UPLOAD_KEY, upload.upload_id, upload.content_key.hex()),
        upload.expires_at,
    )


async def find_uploads(
    tx: Transaction, citizen_id: UUID, upload_ids: Collection[UUID], at: datetime
) -> dict[UUID, Upload]:
    """Read uploads of a citizen that have not expired."""
    rows = await tx.fetch(
        """
        SELECT upload_id, citizen_id, name, size_bytes, received_bytes, content_key, expires_at,
               document_id, used_with
          FROM uploads
         WHERE upload_id = ANY($1) AND citizen_id = $2 AND expires_at > $3
        """,
        upload_ids,
        citizen_id,
        at,
    )
    return {row["upload_id"]: _upload(tx, row) for row in rows}


async def find_pieces(tx: Transaction, upload_id: UUID) -> list[Piece]:
    """Read the pieces of an upload in order."""
    rows = await tx.fetch(
        """
        SELECT offset_bytes, object_id
          FROM upload_pieces
         WHERE upload_id = $1
         ORDER BY offset_bytes
        """,
        upload_id,
    )
    return [Piece(**row) for row in rows]


async def insert_piece(tx: Transaction, upload_id: UUID, piece: Piece, size_bytes: int) -> bool:
    """Add a piece at the end of an upload; return whether the upload ended there."""
    count = await tx.execute(
        """
        WITH moved AS (
            UPDATE uploads
               SET received_bytes = received_bytes + $4
             WHERE upload_id = $1 AND received_bytes = $2
            RETURNING upload_id
        )
        INSERT INTO upload_pieces (upload_id, offset_bytes, object_id)
        SELECT upload_id, $2, $3 FROM moved
        """,
        upload_id,
        piece.offset_bytes,
        piece.object_id,
        size_bytes,
    )
    return count == 1


async def add_bytes(tx: Transaction, citizen_id: UUID, hour: datetime, size_bytes: int) -> int:
    """Count bytes that a person has sent in an hour; return how many there are."""
    count: int = await tx.fetchval(
        """
        INSERT INTO upload_bytes AS stored (citizen_id, hour, bytes)
        VALUES ($1, $2, $3)
            ON CONFLICT (citizen_id) DO UPDATE
           SET hour = excluded.hour,
               bytes = excluded.bytes + CASE WHEN stored.hour = excluded.hour
                                             THEN stored.bytes ELSE 0 END
        RETURNING bytes
        """,
        citizen_id,
        hour,
        size_bytes,
    )
    return count


async def delete_bytes(tx: Transaction, before: datetime) -> int:
    """Delete the counts of past hours; return how many."""
    return await tx.execute("DELETE FROM upload_bytes WHERE hour < $1", before)


async def finish_uploads(
    tx: Transaction, citizen_id: UUID, upload_ids: Sequence[UUID], document_id: UUID
) -> None:
    """Note which paper was made of uploads, in this order, and delete their pieces."""
    await tx.execute(
        """
        WITH finished AS (
            UPDATE uploads
               SET document_id = $3, used_with = $1
             WHERE upload_id = ANY($1) AND citizen_id = $2
            RETURNING upload_id
        )
        DELETE FROM upload_pieces WHERE upload_id IN (SELECT upload_id FROM finished)
        """,
        upload_ids,
        citizen_id,
        document_id,
    )


async def delete_uploads(
    tx: Transaction, citizen_id: UUID, upload_ids: Collection[UUID]
) -> list[UUID]:
    """Delete uploads of a citizen with their pieces; return the deleted uploads."""
    rows = await tx.fetch(
        "DELETE FROM uploads WHERE upload_id = ANY($1) AND citizen_id = $2 RETURNING upload_id",
        upload_ids,
        citizen_id,
    )
    return [row["upload_id"] for row in rows]


async def delete_expired(tx: Transaction, at: datetime, *, limit: int) -> int:
    """Delete uploads that have expired; their objects are orphans then."""
    return await tx.execute(
        """
        DELETE FROM uploads
         WHERE upload_id IN (
               SELECT upload_id FROM uploads WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        """,
        at,
        limit,
    )


async def delete_of_citizen(tx: Transaction, citizen_id: UUID) -> int:
    """Delete all uploads of a citizen and their counts; return how many uploads."""
    await tx.execute("DELETE FROM upload_bytes WHERE citizen_id = $1", citizen_id)
    return await tx.execute("DELETE FROM uploads WHERE citizen_id = $1", citizen_id)


async def missing_owners(tx: Transaction, upload_ids: Collection[UUID]) -> set[UUID]:
    """Return the ids that are no upload's."""
    rows = await tx.fetch(
        """
        SELECT owner.id
          FROM unnest($1::uuid[]) AS owner (id)
         WHERE NOT EXISTS (SELECT FROM uploads WHERE upload_id = owner.id)
        """,
        upload_ids,
    )
    return {row["id"] for row in rows}


def _upload(tx: Transaction, row: Record) -> Upload:
    upload_id, fields = row["upload_id"], dict(row)
    fields["name"] = tx.cipher.try_open(UPLOAD_NAME, upload_id, row["name"])[0]
    content_key = tx.cipher.open(UPLOAD_KEY, upload_id, row["content_key"])
    return Upload(**{**fields, "content_key": bytes.fromhex(content_key)})
