"""SQL of officers."""

from collections.abc import Sequence
from uuid import UUID

from libs.contracts.identity import OfficerChanged
from libs.database.transaction import Transaction
from services.cases.officers.rules import Officer


async def save_officers(tx: Transaction, officers: Sequence[OfficerChanged]) -> None:
    """Store officers; one that is stored with a later change stays."""
    await tx.execute(
        """
        INSERT INTO officers (officer_id, ministry, office_id, duties, active, changed_at, area,
                              acts_until)
        SELECT officer_id, ministry, office_id, string_to_array(duties, ' '), active, changed_at,
               area, acts_until
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[],
                      $6::timestamptz[], $7::text[], $8::date[])
               AS given (officer_id, ministry, office_id, duties, active, changed_at, area,
                         acts_until)
            ON CONFLICT (officer_id) DO UPDATE
           SET ministry = excluded.ministry, office_id = excluded.office_id,
               duties = excluded.duties, active = excluded.active,
               changed_at = excluded.changed_at, area = excluded.area,
               acts_until = excluded.acts_until
         WHERE officers.changed_at <= excluded.changed_at
        """,
        [officer.officer_id for officer in officers],
        [officer.ministry for officer in officers],
        [officer.office_id for officer in officers],
        # As text: PostgreSQL has no arrays of arrays of different lengths.
        [" ".join(officer.duties) for officer in officers],
        [officer.active for officer in officers],
        [officer.occurred_at for officer in officers],
        [officer.area for officer in officers],
        [officer.acts_until for officer in officers],
    )


async def find_officer(tx: Transaction, officer_id: UUID) -> Officer | None:
    """Read an officer."""
    row = await tx.fetchrow(
        """
        SELECT officer_id, ministry, office_id, duties, area, acts_until
          FROM officers
         WHERE officer_id = $1 AND active
        """,
        officer_id,
    )
    return Officer(**{**row, "duties": frozenset(row["duties"])}) if row else None
