"""SQL of the duties of officers."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from libs.contracts.offices import GivenDuty
from libs.database.transaction import Transaction
from services.identity.duties.rules import MOST_STAND_INS, OVER_FOR_DAYS, Officer


async def insert_duty(
    tx: Transaction,
    staff_id: UUID,
    office_id: str,
    duty: str,
    until: date | None,
    at: datetime,
) -> None:
    """Insert a duty of an officer at an office; a repeat changes its last day only."""
    await tx.execute(
        """
        INSERT INTO officer_duties (staff_id, office_id, duty, given_at, until)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (staff_id, office_id, duty) DO UPDATE SET until = excluded.until
        """,
        staff_id,
        office_id,
        duty,
        at,
        until,
    )


async def delete_duties(tx: Transaction, staff_id: UUID) -> int:
    """Delete all duties of an officer, at every office; return how many there were."""
    return await tx.execute("DELETE FROM officer_duties WHERE staff_id = $1", staff_id)


async def delete_duty(tx: Transaction, staff_id: UUID, duty: str) -> None:
    """Delete a duty of an officer, at every office."""
    await tx.execute("DELETE FROM officer_duties WHERE staff_id = $1 AND duty = $2", staff_id, duty)


async def delete_duties_of_others(tx: Transaction, today: date) -> None:
    """Delete the duties of accounts that are closed, or are no officer's on a day."""
    await tx.execute(
        """
        DELETE FROM officer_duties AS duties
         WHERE NOT EXISTS (
               SELECT
                 FROM staff
                 JOIN staff_roles AS given USING (staff_id)
                WHERE staff_id = duties.staff_id AND active AND role = 'officer'
                  AND (given.until IS NULL OR given.until >= $1))
        """,
        today,
    )


async def read_duties(
    tx: Transaction, staff_id: UUID, office_id: str, today: date
) -> list[GivenDuty]:
    """Read the duties of an officer at an office that hold on a day."""
    rows = await tx.fetch(
        """
        SELECT duty, until
          FROM officer_duties
         WHERE staff_id = $1 AND office_id = $2 AND (until IS NULL OR until >= $3)
         ORDER BY duty
        """,
        staff_id,
        office_id,
        today,
    )
    return [GivenDuty(**row) for row in rows]


async def read_changed_officers(tx: Transaction, today: date, limit: int) -> list[Officer]:
    """Read officers who differ from what was announced, or were never announced.

    Rows that another process announces at the moment are left out.
    """
    rows = await tx.fetch(
        """
        WITH officers AS (
            SELECT staff_id AS officer_id, staff.ministry, office_id, offices.area,
                   ARRAY(SELECT duty
                           FROM officer_duties AS given
                          WHERE given.staff_id = staff.staff_id
                            AND given.office_id = staff.office_id
                            AND (given.until IS NULL OR given.until >= $1)
                          ORDER BY duty) AS duties,
                   ARRAY(SELECT concat_ws(' ', duty, absence.since,
                                          least(absence.until, given.until), absence.staff_id)
                           FROM officer_absences AS absence
                           JOIN officer_duties AS given USING (staff_id, office_id)
                          WHERE absence.deputy_id = staff.staff_id
                            AND absence.office_id = staff.office_id
                            AND NOT absence.deputy_left AND absence.until >= $1 - $3::int
                            AND (given.until IS NULL OR given.until >= absence.since)
                          ORDER BY absence.since, duty, absence.staff_id
                          LIMIT $4) AS stand_ins,
                   active AND EXISTS (
                       SELECT
                         FROM staff_roles AS given
                        WHERE given.staff_id = staff.staff_id AND given.role = 'officer'
                          AND (given.until IS NULL OR given.until >= $1)) AS active,
                   (SELECT min(greatest(held.until, needed_from - 1))
                      FROM needed_courses
                      LEFT JOIN qualifications AS held
                        ON held.course = needed_courses.course
                           AND held.holder_id = staff.staff_id
                     WHERE audience = 'officer') AS acts_until
              FROM staff
              LEFT JOIN offices USING (office_id)
             WHERE staff.ministry IS NOT NULL
        )
        SELECT officers.*
          FROM officers
          LEFT JOIN announced_officers AS announced USING (officer_id)
         WHERE (announced.officer_id IS NULL AND officers.active)
            OR (announced.ministry, announced.office_id, announced.area, announced.duties,
                announced.active, announced.acts_until, announced.stand_ins)
               IS DISTINCT FROM
               (officers.ministry, officers.office_id, officers.area, officers.duties,
                officers.active, officers.acts_until, officers.stand_ins)
         ORDER BY officer_id
         LIMIT $2
        """,
        today,
        limit,
        OVER_FOR_DAYS,
        MOST_STAND_INS,
    )
    return [
        Officer(**{**row, "duties": tuple(row["duties"]), "stand_ins": tuple(row["stand_ins"])})
        for row in rows
    ]


async def lock_announcements(tx: Transaction) -> None:
    """Let one process at a time announce officers."""
    await tx.execute("LOCK TABLE announced_officers IN SHARE ROW EXCLUSIVE MODE")


async def save_announced(tx: Transaction, officers: Sequence[Officer], at: datetime) -> None:
    """Store how officers were announced."""
    await tx.execute(
        """
        INSERT INTO announced_officers (
               officer_id, ministry, office_id, area, duties, active, announced_at, acts_until,
               stand_ins)
        SELECT officer_id, ministry, office_id, area, string_to_array(duties, ' '), active, $7,
               acts_until, string_to_array(stand_ins, ',')
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[],
                      $8::date[], $9::text[])
               AS given (officer_id, ministry, office_id, area, duties, active, acts_until,
                         stand_ins)
            ON CONFLICT (officer_id) DO UPDATE
           SET ministry = excluded.ministry, office_id = excluded.office_id,
               area = excluded.area, duties = excluded.duties, active = excluded.active,
               announced_at = excluded.announced_at, acts_until = excluded.acts_until,
               stand_ins = excluded.stand_ins
        """,
        [officer.officer_id for officer in officers],
        [officer.ministry for officer in officers],
        [officer.office_id for officer in officers],
        [officer.area for officer in officers],
        # As text: PostgreSQL has no arrays of arrays of different lengths.
        [" ".join(officer.duties) for officer in officers],
        [officer.active for officer in officers],
        at,
        [officer.acts_until for officer in officers],
        [",".join(officer.stand_ins) for officer in officers],
    )
