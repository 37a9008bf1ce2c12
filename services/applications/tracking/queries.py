"""SQL of tracking."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.tracking.rules import Tracked, TrackingPhone


async def save_phones(tx: Transaction, phones: Sequence[TrackingPhone]) -> None:
    """Save numbers that are newer than their rows."""
    await tx.execute(
        """
        INSERT INTO tracking_phones (citizen_id, phone_index, changed_at)
        SELECT citizen_id, phone_index, changed_at
          FROM unnest($1::uuid[], $2::bytea[], $3::timestamptz[])
               AS saved (citizen_id, phone_index, changed_at)
         ORDER BY citizen_id
            ON CONFLICT (citizen_id) DO UPDATE
               SET phone_index = excluded.phone_index, changed_at = excluded.changed_at
             WHERE tracking_phones.changed_at < excluded.changed_at
        """,
        [one.citizen_id for one in phones],
        [tx.cipher.index(one.phone) if one.phone else None for one in phones],
        [one.changed_at for one in phones],
    )


async def count_attempt(tx: Transaction, tracking_number: str, hour: datetime) -> int:
    """Count an attempt; return how many there were in this hour."""
    row = await tx.fetchrow(
        """
        INSERT INTO tracking_attempts AS known (tracking_number, hour, attempts)
        VALUES ($1, $2, 1)
            ON CONFLICT (hour, tracking_number) DO UPDATE SET attempts = known.attempts + 1
        RETURNING attempts
        """,
        tracking_number,
        hour,
    )
    return row["attempts"] if row else 0


async def find_tracked(tx: Transaction, tracking_number: str, phone: str) -> Tracked | None:
    """Read an application of the citizen with this number."""
    row = await tx.fetchrow(
        """
        SELECT tracking_number, public_service_id, status, submitted_at, due_on
          FROM applications
          JOIN tracking_phones USING (citizen_id)
         WHERE tracking_number = $1 AND phone_index = $2
        """,
        tracking_number,
        tx.cipher.index(phone),
    )
    return Tracked(**row) if row else None


async def delete_attempts(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` old counts; return how many were."""
    rows = await tx.fetch(
        """
        DELETE FROM tracking_attempts
         WHERE (hour, tracking_number) IN (
               SELECT hour, tracking_number FROM tracking_attempts WHERE hour < $1
                ORDER BY hour LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        RETURNING hour
        """,
        before,
        limit,
    )
    return len(rows)


async def delete_phone_of(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the number of a citizen; return how many there were."""
    return await tx.execute("DELETE FROM tracking_phones WHERE citizen_id = $1", citizen_id)
