"""SQL of tracking."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.contracts.applications import Step
from libs.database.transaction import Transaction
from services.applications.lifecycle.application import WAITS_FOR_MINISTRY
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
        [phone.citizen_id for phone in phones],
        [tx.cipher.index(phone.phone) if phone.phone else None for phone in phones],
        [phone.changed_at for phone in phones],
    )


async def is_known(tx: Transaction, tracking_number: str, network: str) -> bool:
    """Return whether a tracking number was found with the citizen's number from a network."""
    was_found: bool = await tx.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM tracking_attempts
             WHERE tracking_number = $1 AND network = $2 AND found)
        """,
        tracking_number,
        _network(tx, network),
    )
    return was_found


async def count_attempt(
    tx: Transaction,
    tracking_number: str,
    networks: Sequence[str],
    hour: datetime,
    *,
    delete_after: datetime,
) -> dict[str, int]:
    """Count an attempt from networks; return how many there were from each in this hour."""
    by_hash = {_network(tx, network): network for network in networks}
    rows = await tx.fetch(
        """
        INSERT INTO tracking_attempts AS counted
               (tracking_number, network, hour, attempts, delete_after)
        SELECT $1, network, $3, 1, $4
          FROM unnest($2::bytea[]) AS wanted (network)
         ORDER BY network
            ON CONFLICT (tracking_number, network, hour)
            DO UPDATE SET attempts = counted.attempts + 1
        RETURNING network, attempts
        """,
        tracking_number,
        list(by_hash),
        hour,
        delete_after,
    )
    return {by_hash[row["network"]]: row["attempts"] for row in rows}


async def save_found(
    tx: Transaction, tracking_number: str, network: str, hour: datetime, *, delete_after: datetime
) -> None:
    """Store with a counted attempt that the citizen's number was right."""
    await tx.execute(
        """
        UPDATE tracking_attempts SET found = true, delete_after = $4
         WHERE tracking_number = $1 AND network = $2 AND hour = $3
        """,
        tracking_number,
        _network(tx, network),
        hour,
        delete_after,
    )


async def find_tracked(tx: Transaction, tracking_number: str, phone: str) -> Tracked | None:
    """Read an application of the citizen with this number."""
    row = await tx.fetchrow(
        """
        SELECT application_id, tracking_number, public_service_id, status, submitted_at, due_on,
               case_file_number, step, appeal_until
          FROM applications
          JOIN tracking_phones USING (citizen_id)
         WHERE tracking_number = $1 AND phone_index = $2
        """,
        tracking_number,
        tx.cipher.index(phone),
    )
    return _tracked(row) if row else None


async def find_assisted(tx: Transaction, tracking_number: str) -> Tracked | None:
    """Read an application that was sent for a citizen without a phone; not of an erased one."""
    row = await tx.fetchrow(
        """
        SELECT application_id, tracking_number, public_service_id, status, submitted_at, due_on,
               case_file_number, step, appeal_until
          FROM applications
          JOIN mandates USING (application_id)
         WHERE tracking_number = $1 AND is_told_in_person AND NOT erased
        """,
        tracking_number,
    )
    return _tracked(row) if row else None


def _tracked(row: Any) -> Tracked:
    step = row["step"] if row["status"] in WAITS_FOR_MINISTRY else None
    return Tracked(**{**row, "step": None if step is None else Step.model_validate_json(step)})


async def delete_attempts(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` counts that are over; return how many were."""
    return await tx.execute(
        """
        DELETE FROM tracking_attempts
         WHERE (tracking_number, network, hour) IN (
               SELECT tracking_number, network, hour FROM tracking_attempts
                WHERE delete_after < $1
                ORDER BY delete_after LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        """,
        before,
        limit,
    )


async def delete_attempts_at(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the counts of a citizen's tracking numbers; return how many there were."""
    return await tx.execute(
        """
        DELETE FROM tracking_attempts WHERE tracking_number IN (
            SELECT tracking_number FROM applications WHERE citizen_id = $1)
        """,
        citizen_id,
    )


async def erase_phone(tx: Transaction, citizen_id: UUID, erased_at: datetime) -> int:
    """Delete the number of a citizen, and let no earlier event bring it back.

    Returns:
        1, or 0 if there was no number.
    """
    had_phones: int = await tx.fetchval(
        """
        INSERT INTO tracking_phones (citizen_id, changed_at)
        VALUES ($1, $2)
            ON CONFLICT (citizen_id) DO UPDATE
               SET phone_index = NULL, changed_at = excluded.changed_at
        RETURNING (old.phone_index IS NOT NULL)::int
        """,
        citizen_id,
        erased_at,
    )
    return had_phones


def _network(tx: Transaction, network: str) -> bytes:
    return tx.cipher.index(f"tracking {network}") if network else b""
