"""SQL of uddoktas and officers."""

from collections.abc import Collection, Sequence
from uuid import UUID

from libs.database.transaction import Transaction
from services.programme.people.rules import Office, Person


async def save_people(tx: Transaction, people: Sequence[Person]) -> None:
    """Store people; one who is stored with a later change stays."""
    await tx.execute(
        """
        INSERT INTO people (holder_id, audience, service_centre_id, ministry, active, changed_at,
                            office_id, office_area, duties)
        SELECT DISTINCT ON (holder_id) holder_id, audience, service_centre_id, ministry, active,
               changed_at, office_id, office_area, string_to_array(duties, ' ')
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[],
                      $6::timestamptz[], $7::text[], $8::text[], $9::text[])
               AS given (holder_id, audience, service_centre_id, ministry, active, changed_at,
                         office_id, office_area, duties)
         ORDER BY holder_id, changed_at DESC
            ON CONFLICT (holder_id) DO UPDATE
           SET audience = excluded.audience, service_centre_id = excluded.service_centre_id,
               ministry = excluded.ministry, active = excluded.active,
               changed_at = excluded.changed_at, office_id = excluded.office_id,
               office_area = excluded.office_area, duties = excluded.duties
         WHERE people.changed_at <= excluded.changed_at
        """,
        *(list(column) for column in zip(*people, strict=True)),
    )


async def read_offices(tx: Transaction, areas: Collection[str]) -> list[Office]:
    """Read the offices of areas where active officers work, by id."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (office_id) office_id, ministry, office_area
          FROM people
         WHERE office_area = ANY($1::text[]) AND office_id IS NOT NULL AND active
         ORDER BY office_id, changed_at DESC
        """,
        list(areas),
    )
    return [Office(*row) for row in rows]


async def read_with_duty(tx: Transaction, office_ids: Collection[str], duty: str) -> set[str]:
    """Read at which offices an active officer has a duty.

    Whoever was not announced since duties are kept counts as having it.
    """
    rows = await tx.fetch(
        """
        SELECT DISTINCT office_id
          FROM people
         WHERE office_id = ANY($1::text[]) AND active AND (duties IS NULL OR $2 = ANY(duties))
        """,
        list(office_ids),
        duty,
    )
    return {row["office_id"] for row in rows}


async def find_office(tx: Transaction, office_id: str) -> Office | None:
    """Read an office; None if no active officer works there."""
    row = await tx.fetchrow(
        """
        SELECT office_id, ministry, office_area
          FROM people
         WHERE office_id = $1 AND active
         ORDER BY changed_at DESC
         LIMIT 1
        """,
        office_id,
    )
    return Office(*row) if row else None


async def read_active(tx: Transaction, holder_ids: Collection[UUID]) -> set[UUID]:
    """Read which of these people are active."""
    rows = await tx.fetch(
        "SELECT holder_id FROM people WHERE holder_id = ANY($1) AND active", list(holder_ids)
    )
    return {row["holder_id"] for row in rows}
