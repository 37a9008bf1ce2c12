"""SQL of absences."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.identity.absences.rules import Absence


async def insert_absence(tx: Transaction, absence: Absence, at: datetime) -> None:
    """Insert an absence."""
    await tx.execute(
        """
        INSERT INTO officer_absences (
               absence_id, staff_id, office_id, deputy_id, since, until, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        absence.absence_id,
        absence.staff_id,
        absence.office_id,
        absence.deputy_id,
        absence.since,
        absence.until,
        at,
    )


async def read_absences(
    tx: Transaction, people: Collection[UUID], since: date, until: date = date.max
) -> list[Absence]:
    """Read the absences of people, and those in which they stand in, that touch some days."""
    rows = await tx.fetch(
        """
        SELECT absence_id, staff_id, office_id, deputy_id, since, until, deputy_left
          FROM officer_absences
         WHERE (staff_id = ANY($1::uuid[]) OR deputy_id = ANY($1::uuid[]) AND NOT deputy_left)
           AND since <= $3 AND until >= $2
         ORDER BY since, absence_id
        """,
        list(people),
        since,
        until,
    )
    return [Absence(**row) for row in rows]


async def find_absence(tx: Transaction, absence_id: UUID) -> Absence | None:
    """Read an absence; None if there is none, or it ended early."""
    row = await tx.fetchrow(
        """
        SELECT absence_id, staff_id, office_id, deputy_id, since, until, deputy_left
          FROM officer_absences
         WHERE absence_id = $1
        """,
        absence_id,
    )
    return Absence(**row) if row else None


async def delete_absence(tx: Transaction, absence_id: UUID) -> None:
    """Delete an absence."""
    await tx.execute("DELETE FROM officer_absences WHERE absence_id = $1", absence_id)


async def leave_office(tx: Transaction, staff_id: UUID) -> None:
    """Delete the absences of an officer, who is a deputy no more."""
    await tx.execute("DELETE FROM officer_absences WHERE staff_id = $1", staff_id)
    await tx.execute(
        "UPDATE officer_absences SET deputy_left = true WHERE deputy_id = $1", staff_id
    )
