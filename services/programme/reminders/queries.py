"""SQL of reminders, their mails, and the posts above."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from libs.contracts.programme import LastTold, ReminderView, Superior, SuperiorView
from libs.database.transaction import Transaction
from libs.ids import NAMESPACE, derived_id
from libs.jobs import JobResult, Lease
from services.programme.reminders.encrypted import MAIL, RECIPIENT
from services.programme.reminders.rules import Mail, Recipient, Wanted


class Open(NamedTuple):
    """A reminder whose mail was not sent."""

    reminder_id: UUID
    wanted: Wanted


async def insert_reminders(tx: Transaction, wanted: Collection[Wanted], at: datetime) -> None:
    """Insert reminders that are due; one that was there before stays as it is."""
    await tx.execute(
        """
        INSERT INTO reminders (reminder_id, body, step, due_on, rung, planned_at)
        SELECT *, $6
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[])
            ON CONFLICT DO NOTHING
        """,
        [reminder.reminder_id for reminder in wanted],
        [reminder.body for reminder in wanted],
        [reminder.step for reminder in wanted],
        [reminder.due_on for reminder in wanted],
        [reminder.rung for reminder in wanted],
        at,
    )


async def read_open(tx: Transaction) -> list[Open]:
    """Read the reminders whose mail was not sent, and lock their rows."""
    rows = await tx.fetch(
        """
        SELECT reminder_id, body, step, due_on, rung
          FROM reminders
         WHERE mailed_at IS NULL AND ended_at IS NULL
           FOR UPDATE
        """
    )
    return [
        Open(row["reminder_id"], Wanted(row["body"], row["step"], row["due_on"], row["rung"]))
        for row in rows
    ]


async def end_reminders(tx: Transaction, reminder_ids: Sequence[UUID], at: datetime) -> None:
    """End reminders that are not due any more: their mails are not sent."""
    await tx.execute(
        """
        UPDATE reminders SET ended_at = $2, recipient = NULL WHERE reminder_id = ANY($1)
        """,
        list(reminder_ids),
        at,
    )


async def address_reminders(tx: Transaction, recipients: Mapping[UUID, Recipient | None]) -> None:
    """Store to whom the mails of reminders go; None while no address is known."""
    await tx.execute(
        """
        UPDATE reminders
           SET post = given.post, recipient = given.recipient
          FROM unnest($1::uuid[], $2::text[], $3::text[]) AS given (reminder_id, post, recipient)
         WHERE reminders.reminder_id = given.reminder_id
        """,
        list(recipients),
        [recipient and recipient.post for recipient in recipients.values()],
        [
            recipient and tx.cipher.seal(RECIPIENT, reminder_id, recipient.mail)
            for reminder_id, recipient in recipients.items()
        ],
    )


async def claim_mails(tx: Transaction, lease: Lease) -> list[Mail]:
    """Claim due mails whose address is known; one whose address is damaged waits."""
    rows = await tx.fetch(
        """
        WITH chosen AS (
            SELECT reminder_id
              FROM reminders
             WHERE mailed_at IS NULL
               AND ended_at IS NULL
               AND recipient IS NOT NULL
               AND mail_due_at <= now()
               AND (claimed_until IS NULL OR claimed_until < now())
             ORDER BY mail_due_at
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        )
        UPDATE reminders
           SET claimed_by = $1, claimed_until = now() + make_interval(secs => $3)
          FROM chosen
         WHERE reminders.reminder_id = chosen.reminder_id
        RETURNING reminders.reminder_id, body, step, due_on, rung, post, recipient, mail_attempts,
                  planned_at
        """,
        lease.holder,
        lease.limit,
        lease.duration_s,
    )
    mails = []
    for row in rows:
        address, _ = tx.cipher.try_open(RECIPIENT, row["reminder_id"], row["recipient"])
        if address is not None:
            mails.append(
                Mail(
                    row["reminder_id"],
                    Wanted(row["body"], row["step"], row["due_on"], row["rung"]),
                    row["post"],
                    address,
                    row["mail_attempts"],
                    row["planned_at"],
                )
            )
    return mails


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest mail with an address is due; 0 if none is."""
    age_s: float = await tx.fetchval(
        """
        SELECT greatest(extract(epoch FROM now() - min(mail_due_at)), 0)::float8
          FROM reminders
         WHERE mailed_at IS NULL AND ended_at IS NULL AND recipient IS NOT NULL
        """
    )
    return age_s


async def release_mails(tx: Transaction, claimed_by: str, kept: Collection[UUID] = ()) -> None:
    """Release the mails that this job runner has claimed and does not work at."""
    await tx.execute(
        """
        UPDATE reminders
           SET claimed_by = NULL, claimed_until = NULL
         WHERE claimed_by = $1 AND reminder_id <> ALL($2::uuid[])
        """,
        claimed_by,
        list(kept),
    )


async def save_mails(
    tx: Transaction, results: Sequence[JobResult[Any, Any]], late_s: float
) -> None:
    """Store which mails were taken, and when the others are tried again.

    Args:
        tx: the transaction.
        results: of attempts.
        late_s: seconds until the next attempt at one that was refused for good.
    """
    await tx.execute(
        """
        UPDATE reminders
           SET mailed_at = CASE WHEN given.is_sent THEN now() END,
               recipient = CASE WHEN given.is_sent THEN NULL ELSE recipient END,
               mail_due_at = now() + make_interval(secs => given.retry_in_s),
               mail_attempts = mail_attempts + given.counts::int,
               claimed_by = NULL, claimed_until = NULL
          FROM unnest($1::uuid[], $2::boolean[], $3::double precision[], $4::boolean[])
               AS given (reminder_id, is_sent, retry_in_s, counts)
         WHERE reminders.reminder_id = given.reminder_id AND mailed_at IS NULL
        """,
        [job_result.job.key for job_result in results],
        [job_result.failure is None for job_result in results],
        [
            late_s if job_result.retry_in_s is None else job_result.retry_in_s
            for job_result in results
        ],
        [job_result.counts for job_result in results],
    )


async def read_reminders(tx: Transaction, body: str, *, limit: int) -> list[ReminderView]:
    """Read the reminders about a body, the newest first."""
    rows = await tx.fetch(
        """
        SELECT step, due_on, rung, planned_at, mailed_at, post AS told,
               ended_at IS NOT NULL AS ended
          FROM reminders
         WHERE body = $1
         ORDER BY planned_at DESC, rung
         LIMIT $2
        """,
        body,
        limit,
    )
    return [ReminderView(**row) for row in rows]


async def read_told(tx: Transaction, body_ids: Sequence[str]) -> list[tuple[str, date, LastTold]]:
    """Read the last reminder that was mailed of each step of bodies, with its last day."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (body, step, due_on)
               step, due_on, body, rung, post AS told, mailed_at
          FROM reminders
         WHERE body = ANY($1) AND mailed_at IS NOT NULL
         ORDER BY body, step, due_on, mailed_at DESC
        """,
        list(body_ids),
    )
    return [(row.pop("step"), row.pop("due_on"), LastTold(**row)) for row in map(dict, rows)]


async def read_standing(tx: Transaction, body_ids: Sequence[str]) -> list[tuple[str, ReminderView]]:
    """Read the reminders about bodies that were sent or are still to be sent, the newest first."""
    rows = await tx.fetch(
        """
        SELECT body, step, due_on, rung, planned_at, mailed_at, post AS told, FALSE AS ended
          FROM reminders
         WHERE body = ANY($1) AND ended_at IS NULL
         ORDER BY planned_at DESC, rung
        """,
        list(body_ids),
    )
    return [(row.pop("body"), ReminderView(**row)) for row in map(dict, rows)]


async def save_superior(tx: Transaction, body: str, wanted: SuperiorView) -> None:
    """Set the post above, and its address."""
    superior_id = derived_id(NAMESPACE, f"superior/{body}/{wanted.superior}")
    await tx.execute(
        """
        INSERT INTO superiors (superior_id, body, superior, post, mail, evidence, set_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (superior_id) DO UPDATE
           SET post = excluded.post, mail = excluded.mail, evidence = excluded.evidence,
               set_at = excluded.set_at
        """,
        superior_id,
        body,
        wanted.superior,
        wanted.post,
        tx.cipher.seal(MAIL, superior_id, wanted.mail),
        wanted.evidence,
        wanted.set_at,
    )


async def read_superiors(tx: Transaction) -> dict[str, dict[Superior, SuperiorView]]:
    """Read the posts above of all bodies; one whose address is damaged is left out."""
    rows = await tx.fetch(
        """
        SELECT superior_id, body, superior, post, mail, evidence, set_at
          FROM superiors
         ORDER BY superior
        """
    )
    found: dict[str, dict[Superior, SuperiorView]] = {}
    for row in rows:
        mail, _ = tx.cipher.try_open(MAIL, row["superior_id"], row["mail"])
        if mail is not None:
            of_body = found.setdefault(row["body"], {})
            of_body[row["superior"]] = SuperiorView(
                superior=row["superior"],
                post=row["post"],
                mail=mail,
                evidence=row["evidence"],
                set_at=row["set_at"],
            )
    return found
