"""SQL of files that were opened."""

from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.documents.intake.rules import Opening


async def find_openings(tx: Transaction, opened_for: UUID, since: datetime) -> list[Opening]:
    """Read files opened for a person since a time that became no paper, the oldest first."""
    rows = await tx.fetch(
        """
        SELECT opening_id, opened_for, citizen_id, source_sha256, opened_at, refused
          FROM openings
         WHERE opened_for = $1 AND opened_at > $2
         ORDER BY opened_at
        """,
        opened_for,
        since,
    )
    return [Opening(**row) for row in rows]


async def insert_opening(tx: Transaction, opening: Opening) -> None:
    """Note that files are being opened."""
    await tx.execute(
        """
        INSERT INTO openings (opening_id, opened_for, citizen_id, source_sha256, opened_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        opening.opening_id,
        opening.opened_for,
        opening.citizen_id,
        opening.source_sha256,
        opening.opened_at,
    )


async def save_refusal(tx: Transaction, opening_id: UUID, code: str) -> None:
    """Save why files were refused."""
    await tx.execute("UPDATE openings SET refused = $2 WHERE opening_id = $1", opening_id, code)


async def delete_opening(tx: Transaction, opening_id: UUID) -> None:
    """Delete an opening whose files were not refused."""
    await tx.execute("DELETE FROM openings WHERE opening_id = $1", opening_id)


async def delete_openings_of(tx: Transaction, citizen_id: UUID) -> int:
    """Delete all openings of a citizen's files; return how many."""
    return await tx.execute("DELETE FROM openings WHERE citizen_id = $1", citizen_id)


async def delete_openings_before(tx: Transaction, at: datetime, *, limit: int) -> int:
    """Delete openings from before a time; return how many."""
    return await tx.execute(
        """
        DELETE FROM openings
         WHERE opening_id IN (
               SELECT opening_id FROM openings WHERE opened_at <= $1 ORDER BY opened_at LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        """,
        at,
        limit,
    )
