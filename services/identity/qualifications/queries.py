"""SQL of qualifications, and of courses that are needed."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from libs.contracts.programme import QualificationChanged, QualificationNeeded
from libs.database.transaction import Transaction


async def save_qualifications(tx: Transaction, events: Sequence[QualificationChanged]) -> None:
    """Store qualifications; one that is stored with a later change stays."""
    await tx.execute(
        """
        INSERT INTO qualifications (holder_id, course, until, changed_at)
        SELECT *
          FROM unnest($1::uuid[], $2::text[], $3::date[], $4::timestamptz[])
               AS given (holder_id, course, until, changed_at)
            ON CONFLICT (holder_id, course) DO UPDATE
           SET until = excluded.until, changed_at = excluded.changed_at
         WHERE qualifications.changed_at <= excluded.changed_at
        """,
        [event.holder_id for event in events],
        [event.course for event in events],
        [event.qualified_until for event in events],
        [event.occurred_at for event in events],
    )


async def save_needed(tx: Transaction, events: Sequence[QualificationNeeded]) -> None:
    """Store from when on courses are needed; one that is stored with a later change stays."""
    await tx.execute(
        """
        INSERT INTO needed_courses (audience, course, needed_from, changed_at)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::date[], $4::timestamptz[])
               AS given (audience, course, needed_from, changed_at)
            ON CONFLICT (audience, course) DO UPDATE
           SET needed_from = excluded.needed_from, changed_at = excluded.changed_at
         WHERE needed_courses.changed_at <= excluded.changed_at
        """,
        [event.audience for event in events],
        [event.course for event in events],
        [event.needed_from for event in events],
        [event.occurred_at for event in events],
    )


async def read_officer_until(tx: Transaction, officer_id: UUID) -> date | None:
    """Read the last day on which an officer may act; None while no course is needed."""
    until: date | None = await tx.fetchval(
        """
        SELECT min(greatest(held.until, needed_from - 1))
          FROM needed_courses
          LEFT JOIN qualifications AS held
            ON held.course = needed_courses.course AND held.holder_id = $1
         WHERE audience = 'officer'
        """,
        officer_id,
    )
    return until
