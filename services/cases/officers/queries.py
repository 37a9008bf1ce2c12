"""SQL of officers."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from libs.contracts.identity import OfficerChanged
from libs.database.transaction import Transaction
from services.cases.officers.rules import Officer, StoodIn


async def save_officers(tx: Transaction, officers: Sequence[OfficerChanged]) -> set[UUID]:
    """Store officers; one that is stored with a later change stays. Return those stored."""
    rows = await tx.fetch(
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
        RETURNING officer_id
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
    return {row["officer_id"] for row in rows}


async def save_stand_ins(tx: Transaction, officers: Sequence[OfficerChanged]) -> None:
    """Store the duties that officers have for colleagues, in place of those of before."""
    held = [(officer.officer_id, each) for officer in officers for each in officer.stands_in]
    await tx.execute(
        "DELETE FROM stand_ins WHERE officer_id = ANY($1::uuid[])",
        [officer.officer_id for officer in officers],
    )
    await tx.execute(
        """
        INSERT INTO stand_ins (officer_id, duty, since, until, absent_id)
        SELECT *
          FROM unnest($1::uuid[], $2::text[], $3::date[], $4::date[], $5::uuid[])
            ON CONFLICT DO NOTHING
        """,
        [officer_id for officer_id, _ in held],
        [each.duty for _, each in held],
        [each.since for _, each in held],
        [each.until for _, each in held],
        [each.absent_id for _, each in held],
    )


async def read_holders(
    tx: Transaction, duties: Sequence[tuple[str, str, str]], today: date
) -> dict[tuple[str, str, str], list[UUID]]:
    """Read whose duties are: ministry, office and duty; of who is away, the deputy's.

    Whoever may not act today has none.
    """
    rows = await tx.fetch(
        """
        SELECT DISTINCT wanted.ministry, wanted.office_id, wanted.duty, officer_id
          FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (ministry, office_id, duty)
          JOIN officers USING (ministry, office_id)
         WHERE active AND (acts_until IS NULL OR acts_until >= $4)
           AND (EXISTS (SELECT
                          FROM stand_ins
                         WHERE stand_ins.officer_id = officers.officer_id
                           AND stand_ins.duty = wanted.duty AND $4 BETWEEN since AND until)
                OR wanted.duty = ANY(duties)
                   AND NOT EXISTS (SELECT
                                     FROM stand_ins
                                     JOIN officers AS deputy USING (officer_id)
                                    WHERE absent_id = officers.officer_id
                                      AND stand_ins.duty = wanted.duty
                                      AND $4 BETWEEN since AND until AND deputy.active
                                      AND (deputy.acts_until IS NULL OR deputy.acts_until >= $4)
                                      AND deputy.office_id = officers.office_id))
         ORDER BY officer_id
        """,
        [ministry for ministry, _, _ in duties],
        [office_id for _, office_id, _ in duties],
        [duty for _, _, duty in duties],
        today,
    )
    found: dict[tuple[str, str, str], list[UUID]] = {}
    for row in rows:
        key = (row["ministry"], row["office_id"], row["duty"])
        found.setdefault(key, []).append(row["officer_id"])
    return found


async def find_officer(tx: Transaction, officer_id: UUID) -> Officer | None:
    """Read an officer, with the own duties, and with those of colleagues who are away apart."""
    row = await tx.fetchrow(
        """
        SELECT officer_id, ministry, office_id, duties, area, acts_until
          FROM officers
         WHERE officer_id = $1 AND active
        """,
        officer_id,
    )
    if row is None:
        return None
    held = await tx.fetch(
        "SELECT duty, since, until FROM stand_ins WHERE officer_id = $1 ORDER BY duty, since",
        officer_id,
    )
    duties, stands_in = frozenset(row["duties"]), tuple(StoodIn(**each) for each in held)
    return Officer(**{**row, "duties": duties}, stands_in=stands_in)
