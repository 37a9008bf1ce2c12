"""SQL of overdue cases: the rungs that they have come to, mails about them, and who is told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from libs.contracts.cases import OverdueRung
from libs.database.transaction import Transaction
from libs.ids import NAMESPACE, derived_id
from libs.jobs import JobResult, Lease
from services.cases.overdue.encrypted import PEOPLE
from services.cases.overdue.rules import CONTACTS, MAILED, Contact, Late, Mail, Named


class Claimed(NamedTuple):
    """A mail that this job runner has claimed."""

    mail_id: UUID
    ministry: str
    rung: OverdueRung
    mail_attempts: int
    planned_at: datetime


async def read_late(
    tx: Transaction, after: UUID, today: date, limit: int
) -> tuple[list[Late], UUID | None]:
    """Read which of the next open tasks are of cases whose last day is over.

    Args:
        tx: the transaction.
        after: only those of cases behind this one.
        today: the day in Dhaka.
        limit: how many tasks are looked at, at most.

    Returns:
        The cases, and the last one that was looked at; None if there is none behind it.
    """
    rows = await tx.fetch(
        """
        SELECT case_id, due_on, ministry, due_on < $2 AND NOT is_paused AS is_late
          FROM tasks
         WHERE case_id > $1
         ORDER BY case_id, duty
         LIMIT $3
        """,
        after,
        today,
        limit,
    )
    late = {
        row["case_id"]: Late(row["case_id"], row["due_on"], row["ministry"])
        for row in rows
        if row["is_late"]
    }
    return list(late.values()), rows[-1]["case_id"] if len(rows) == limit else None


async def insert_rungs(
    tx: Transaction, reached: Sequence[tuple[Late, OverdueRung]], at: datetime
) -> None:
    """Store rungs that cases have come to; one that was stored before stays as it is.

    Where a case waits at an office of another ministry now, the posts of this one are told.
    """
    await tx.execute(
        """
        INSERT INTO overdue_rungs (case_id, due_on, rung, ministry, reached_at)
        SELECT case_id, due_on, rung, ministry, $5
          FROM unnest($1::uuid[], $2::date[], $3::text[], $4::text[])
               AS given (case_id, due_on, rung, ministry)
            ON CONFLICT (case_id, due_on, rung) DO UPDATE
           SET ministry = excluded.ministry, reached_at = excluded.reached_at, mail_id = NULL
         WHERE overdue_rungs.ministry <> excluded.ministry
        """,
        [late.case_id for late, _ in reached],
        [late.due_on for late, _ in reached],
        [rung for _, rung in reached],
        [late.ministry for late, _ in reached],
        at,
    )


async def read_to_mail(tx: Transaction) -> list[tuple[str, OverdueRung]]:
    """Read of which ministries cases have come to posts that have no mail about them yet."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ministry, rung
          FROM overdue_rungs
         WHERE mail_id IS NULL AND rung = ANY($1)
        """,
        list(MAILED),
    )
    return [(row["ministry"], row["rung"]) for row in rows]


async def insert_mails(
    tx: Transaction,
    mails: Mapping[UUID, tuple[str, OverdueRung]],
    day: date,
    at: datetime,
) -> None:
    """Insert mails of a day with the cases that have none yet; a post has one a day."""
    rows = await tx.fetch(
        """
        INSERT INTO overdue_mails (mail_id, ministry, rung, day, planned_at)
        SELECT mail_id, ministry, rung, $4, $5
          FROM unnest($1::uuid[], $2::text[], $3::text[]) AS given (mail_id, ministry, rung)
            ON CONFLICT DO NOTHING
        RETURNING mail_id
        """,
        list(mails),
        [ministry for ministry, _ in mails.values()],
        [rung for _, rung in mails.values()],
        day,
        at,
    )
    await tx.execute(
        """
        UPDATE overdue_rungs AS reached
           SET mail_id = mails.mail_id
          FROM overdue_mails AS mails
         WHERE mails.mail_id = ANY($1::uuid[])
           AND (reached.ministry, reached.rung) = (mails.ministry, mails.rung)
           AND reached.mail_id IS NULL
        """,
        [row["mail_id"] for row in rows],
    )


async def claim_mails(tx: Transaction, lease: Lease) -> list[Claimed]:
    """Claim due mails."""
    rows = await tx.fetch(
        """
        WITH chosen AS (
            SELECT mail_id
              FROM overdue_mails
             WHERE mailed_at IS NULL
               AND ended_at IS NULL
               AND mail_due_at <= now()
               AND (claimed_until IS NULL OR claimed_until < now())
             ORDER BY mail_due_at
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        )
        UPDATE overdue_mails
           SET claimed_by = $1, claimed_until = now() + make_interval(secs => $3)
          FROM chosen
         WHERE overdue_mails.mail_id = chosen.mail_id
        RETURNING overdue_mails.mail_id, ministry, rung, mail_attempts, planned_at
        """,
        lease.holder,
        lease.limit,
        lease.duration_s,
    )
    return [Claimed(**row) for row in rows]


async def count_cases(tx: Transaction, mail_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count the cases of mails that are overdue still, and have come to no higher rung."""
    rows = await tx.fetch(
        """
        SELECT mail_id, count(*) AS cases
          FROM overdue_rungs AS reached
         CROSS JOIN LATERAL (
                SELECT
                  FROM tasks
                 WHERE tasks.case_id = reached.case_id AND tasks.due_on = reached.due_on
                   AND tasks.ministry = reached.ministry AND NOT is_paused
                 LIMIT 1) AS task
         WHERE mail_id = ANY($1::uuid[])
           AND reached_at = (SELECT max(reached_at)
                               FROM overdue_rungs AS later
                              WHERE later.case_id = reached.case_id
                                AND later.due_on = reached.due_on)
         GROUP BY mail_id
        """,
        list(mail_ids),
    )
    return {row["mail_id"]: row["cases"] for row in rows}


async def read_named(tx: Transaction, mail_id: UUID, limit: int) -> list[Named]:
    """Read the first of those cases of a mail, the oldest last day first."""
    rows = await tx.fetch(
        """
        SELECT tracking_number, public_service_id
          FROM overdue_rungs AS reached
         CROSS JOIN LATERAL (
                SELECT tracking_number, public_service_id
                  FROM tasks
                 WHERE tasks.case_id = reached.case_id AND tasks.due_on = reached.due_on
                   AND tasks.ministry = reached.ministry AND NOT is_paused
                 LIMIT 1) AS task
         WHERE mail_id = $1
           AND reached_at = (SELECT max(reached_at)
                               FROM overdue_rungs AS later
                              WHERE later.case_id = reached.case_id
                                AND later.due_on = reached.due_on)
         ORDER BY due_on, tracking_number
         LIMIT $2
        """,
        mail_id,
        limit,
    )
    return [Named(row["tracking_number"], row["public_service_id"]) for row in rows]


async def end_mails(tx: Transaction, mail_ids: Collection[UUID], at: datetime) -> None:
    """End mails of whose cases none is overdue any more."""
    await tx.execute(
        """
        UPDATE overdue_mails
           SET ended_at = $2, claimed_by = NULL, claimed_until = NULL
         WHERE mail_id = ANY($1::uuid[])
        """,
        list(mail_ids),
        at,
    )


async def put_off(tx: Transaction, mail_ids: Collection[UUID], by_s: float) -> None:
    """Put mails off for whose post no address is known."""
    await tx.execute(
        """
        UPDATE overdue_mails
           SET mail_due_at = now() + make_interval(secs => $2), claimed_by = NULL,
               claimed_until = NULL
         WHERE mail_id = ANY($1::uuid[])
        """,
        list(mail_ids),
        by_s,
    )


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest mail is due; 0 if none is."""
    age_s: float = await tx.fetchval(
        """
        SELECT greatest(extract(epoch FROM now() - min(mail_due_at)), 0)::float8
          FROM overdue_mails
         WHERE mailed_at IS NULL AND ended_at IS NULL
        """
    )
    return age_s


async def release_mails(tx: Transaction, claimed_by: str, kept: Collection[UUID] = ()) -> None:
    """Release the mails that this job runner has claimed and does not work at."""
    await tx.execute(
        """
        UPDATE overdue_mails
           SET claimed_by = NULL, claimed_until = NULL
         WHERE claimed_by = $1 AND mail_id <> ALL($2::uuid[])
        """,
        claimed_by,
        list(kept),
    )


async def save_mails(
    tx: Transaction, results: Sequence[JobResult[Mail, Any]], late_s: float
) -> None:
    """Store which mails were taken, and when the others are tried again.

    Args:
        tx: the transaction.
        results: of attempts.
        late_s: seconds until the next attempt at one that was refused for good.
    """
    await tx.execute(
        """
        UPDATE overdue_mails
           SET mailed_at = CASE WHEN given.is_sent THEN now() END,
               mail_due_at = now() + make_interval(secs => given.retry_in_s),
               mail_attempts = mail_attempts + given.counts::int,
               claimed_by = NULL, claimed_until = NULL
          FROM unnest($1::uuid[], $2::boolean[], $3::double precision[], $4::boolean[])
               AS given (mail_id, is_sent, retry_in_s, counts)
         WHERE overdue_mails.mail_id = given.mail_id AND mailed_at IS NULL
        """,
        [job_result.job.mail_id for job_result in results],
        [job_result.failure is None for job_result in results],
        [
            late_s if job_result.retry_in_s is None else job_result.retry_in_s
            for job_result in results
        ],
        [job_result.counts for job_result in results],
    )


async def save_contacts(
    tx: Transaction, ministry: str, contacts: Sequence[Contact], announced_at: datetime
) -> None:
    """Store who is told of a ministry's cases; what was announced later stays."""
    contact_id = derived_id(NAMESPACE, f"contacts/{ministry}")
    people = CONTACTS.dump_json(tuple(contacts)).decode()
    await tx.execute(
        """
        INSERT INTO contacts (contact_id, ministry, announced_at, people)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (contact_id) DO UPDATE
           SET announced_at = excluded.announced_at, people = excluded.people
         WHERE contacts.announced_at <= excluded.announced_at
        """,
        contact_id,
        ministry,
        announced_at,
        tx.cipher.seal(PEOPLE, contact_id, people),
    )


async def read_contacts(tx: Transaction, ministries: Collection[str]) -> dict[str, list[Contact]]:
    """Read who is told of the cases of ministries; where it is damaged nobody is."""
    rows = await tx.fetch(
        "SELECT contact_id, ministry, people FROM contacts WHERE ministry = ANY($1)",
        list(ministries),
    )
    opened = {
        row["ministry"]: tx.cipher.try_open(PEOPLE, row["contact_id"], row["people"])[0]
        for row in rows
    }
    return {
        ministry: list(CONTACTS.validate_json(people))
        for ministry, people in opened.items()
        if people is not None
    }


async def read_rungs(
    tx: Transaction, case_ids: Collection[UUID]
) -> dict[tuple[UUID, date], tuple[OverdueRung, datetime]]:
    """Read the rung that cases have come to last, by case and last day, with the time."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (case_id, due_on) case_id, due_on, rung, reached_at
          FROM overdue_rungs
         WHERE case_id = ANY($1::uuid[])
         ORDER BY case_id, due_on, reached_at DESC
        """,
        list(case_ids),
    )
    return {(row["case_id"], row["due_on"]): (row["rung"], row["reached_at"]) for row in rows}


async def delete_rungs(tx: Transaction, limit: int) -> int:
    """Delete rungs of cases that have ended; return how many.

    One that waits for its citizen is nobody's work either, and comes back to the same rung.
    """
    return await tx.execute(
        """
        DELETE FROM overdue_rungs
         WHERE case_id IN (
               SELECT case_id
                 FROM overdue_rungs AS reached
                WHERE (SELECT status FROM cases WHERE cases.case_id = reached.case_id) = 'ended'
                LIMIT $1)
        """,
        limit,
    )
