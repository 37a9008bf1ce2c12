"""SQL of changes of number that wait."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from libs.database.transaction import Transaction
from services.identity.phones.encrypted import NEW_PHONE
from services.identity.phones.rules import PhoneChange


async def save_change(tx: Transaction, change: PhoneChange) -> None:
    """Store a change that waits; it replaces an earlier one."""
    await tx.execute(
        """
        INSERT INTO phone_changes (citizen_id, phone, session_id, requested_at, due_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (citizen_id) DO UPDATE
               SET phone = excluded.phone, session_id = excluded.session_id,
                   requested_at = excluded.requested_at, due_at = excluded.due_at
        """,
        change.citizen_id,
        tx.cipher.seal(NEW_PHONE, change.citizen_id, change.phone),
        change.session_id,
        change.requested_at,
        change.due_at,
    )


async def read_change(tx: Transaction, citizen_id: UUID) -> PhoneChange | None:
    """Read the change that waits for a citizen."""
    row = await tx.fetchrow(
        """
        SELECT citizen_id, phone, session_id, requested_at, due_at
          FROM phone_changes
         WHERE citizen_id = $1
        """,
        citizen_id,
    )
    return _change(tx, row) if row else None


async def delete_change(tx: Transaction, citizen_id: UUID) -> PhoneChange | None:
    """Delete the change that waits for a citizen, and return it."""
    row = await tx.fetchrow(
        """
        DELETE FROM phone_changes
         WHERE citizen_id = $1
        RETURNING citizen_id, phone, session_id, requested_at, due_at
        """,
        citizen_id,
    )
    return _change(tx, row) if row else None


def _change(tx: Transaction, row: Record) -> PhoneChange:
    phone = tx.cipher.open(NEW_PHONE, row["citizen_id"], row["phone"])
    return PhoneChange(**{**row, "phone": phone})


async def put_off(tx: Transaction, citizen_id: UUID, until: datetime) -> None:
    """Make a change due at a later time."""
    await tx.execute(
        "UPDATE phone_changes SET due_at = $2 WHERE citizen_id = $1", citizen_id, until
    )


async def find_due(tx: Transaction, at: datetime, limit: int) -> list[UUID]:
    """Return the citizens of at most `limit` due changes, the oldest first."""
    rows = await tx.fetch(
        "SELECT citizen_id FROM phone_changes WHERE due_at <= $1 ORDER BY due_at LIMIT $2",
        at,
        limit,
    )
    return [row["citizen_id"] for row in rows]
