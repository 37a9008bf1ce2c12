"""SQL of inquiries, and of the questions that ask about them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.jobs import JobResult, Lease
from services.ministries.deliveries.values import Inquiry
from services.ministries.inquiries.rules import Question


async def insert_inquiries(tx: Transaction, ministry: str, inquiries: Sequence[Inquiry]) -> None:
    """Ask about applications from now on; about known ones at their next turn."""
    await tx.execute(
        """
        INSERT INTO inquiries (ministry, application_id, tracking_number, answered_at)
        SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::timestamptz[])
            ON CONFLICT (application_id, ministry) DO NOTHING
        """,
        ministry,
        [inquiry.application_id for inquiry in inquiries],
        [inquiry.tracking_number for inquiry in inquiries],
        [inquiry.since for inquiry in inquiries],
    )


async def delete_inquiries(
    tx: Transaction, application_ids: Collection[UUID], ministry: str
) -> None:
    """Ask a ministry about applications no more."""
    await tx.execute(
        "DELETE FROM inquiries WHERE application_id = ANY($1) AND ministry = $2",
        list(application_ids),
        ministry,
    )


async def delete_inquiries_of(tx: Transaction, citizen_id: UUID) -> int:
    """Ask about the applications of a citizen no more; return about how many."""
    return await tx.execute(
        """
        DELETE FROM inquiries
         WHERE application_id IN (SELECT application_id FROM deliveries WHERE applicant_id = $1)
        """,
        citizen_id,
    )


async def save_withdrawn(tx: Transaction, ministry: str, application_ids: Collection[UUID]) -> None:
    """Note that a ministry has read withdrawals; it is asked once more about open applications."""
    await tx.execute(
        """
        UPDATE inquiries
           SET withdrawn_at = now()
         WHERE ministry = $1 AND application_id = ANY($2)
        """,
        ministry,
        list(application_ids),
    )


async def save_questions(tx: Transaction, ministries: Sequence[tuple[str, float, int]]) -> None:
    """Set which ministries are asked, how often and about how many; others are asked no more."""
    names = [ministry for ministry, *_ in ministries]
    await tx.execute("DELETE FROM questions WHERE ministry <> ALL($1)", names)
    await tx.execute(
        """
        INSERT INTO questions (ministry, every_s, at_once)
        SELECT * FROM unnest($1::text[], $2::double precision[], $3::bigint[])
            ON CONFLICT (ministry)
            DO UPDATE SET every_s = excluded.every_s, at_once = excluded.at_once
         WHERE (questions.every_s, questions.at_once) <> (excluded.every_s, excluded.at_once)
        """,
        names,
        [every_s for _, every_s, _ in ministries],
        [at_once for *_, at_once in ministries],
    )


async def claim_questions(tx: Transaction, lease: Lease) -> list[Question]:
    """Claim due questions to ministries that have open inquiries, without these."""
    rows = await tx.fetch(
        """
        WITH chosen AS (
            SELECT ministry
              FROM questions
             WHERE due_at <= now()
               AND (claimed_until IS NULL OR claimed_until < now())
               AND ministry <> ALL($3::text[])
               AND EXISTS (SELECT FROM inquiries WHERE inquiries.ministry = questions.ministry)
             ORDER BY due_at
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        )
        UPDATE questions
           SET claimed_by = $1, claimed_until = now() + make_interval(secs => $4)
          FROM chosen
         WHERE questions.ministry = chosen.ministry
        RETURNING questions.ministry, attempts, due_at AS created_at, now() AS asked_at
        """,
        lease.holder,
        lease.limit,
        list(lease.excluded),
        lease.duration_s,
    )
    return [Question(**dict(row)) for row in rows]


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest due question is due; 0 if none is."""
    age_s: float = await tx.fetchval(
        """
        SELECT greatest(extract(epoch FROM now() - min(due_at)), 0)::float8
          FROM questions
         CROSS JOIN LATERAL (
                SELECT FROM inquiries WHERE inquiries.ministry = questions.ministry LIMIT 1
                ) AS is_open
        """
    )
    return age_s


async def read_inquiries(tx: Transaction, ministries: Collection[str]) -> list[tuple[str, Inquiry]]:
    """Read the inquiries whose turn it is, with their ministries."""
    rows = await tx.fetch(
        """
        SELECT questions.ministry, turn.application_id, turn.tracking_number, turn.since
          FROM questions
         CROSS JOIN LATERAL (SELECT application_id, tracking_number, answered_at AS since
                               FROM inquiries
                              WHERE inquiries.ministry = questions.ministry
                              ORDER BY asked_at
                              LIMIT questions.at_once) AS turn
         WHERE questions.ministry = ANY($1)
        """,
        list(ministries),
    )
    return [
        (row["ministry"], Inquiry(row["application_id"], row["tracking_number"], row["since"]))
        for row in rows
    ]


async def release_questions(tx: Transaction, claimed_by: str, kept: Collection[str] = ()) -> None:
    """Release the questions that this job runner has claimed and does not work at."""
    await tx.execute(
        """
        UPDATE questions
           SET claimed_by = NULL, claimed_until = NULL
         WHERE claimed_by = $1 AND ministry <> ALL($2::text[])
        """,
        claimed_by,
        list(kept),
    )


async def save_asked(
    tx: Transaction, question: Question, application_ids: Collection[UUID]
) -> None:
    """Note that a question was answered; the next one is due after the ministry's pause.

    Args:
        tx: the transaction.
        question: the one.
        application_ids: the applications with a usable answer of the ministry.
    """
    await tx.execute(
        """
        UPDATE inquiries
           SET asked_at = now(),
               answered_at = CASE WHEN application_id = ANY($4) THEN $3 ELSE answered_at END
         WHERE application_id = ANY($1) AND ministry = $2
        """,
        [inquiry.application_id for inquiry in question.inquiries],
        question.ministry,
        question.asked_at,
        list(application_ids),
    )
    await tx.execute(
        """
        UPDATE questions
           SET attempts = 0, claimed_by = NULL, claimed_until = NULL,
               due_at = now() + make_interval(secs => every_s)
         WHERE ministry = $1
        """,
        question.ministry,
    )


async def delete_withdrawn(
    tx: Transaction, question: Question, application_ids: Collection[UUID]
) -> None:
    """Ask no more about withdrawn applications whose state the ministry has told since.

    A ministry that says nothing of a withdrawn application is asked for a day.

    Args:
        tx: the transaction.
        question: the answered one; withdrawals that the ministry read after it stay open.
        application_ids: the applications with a usable answer of the ministry.
    """
    await tx.execute(
        """
        DELETE FROM inquiries
         WHERE application_id = ANY($1) AND ministry = $2 AND withdrawn_at <= $3
           AND (application_id = ANY($4) OR withdrawn_at < now() - interval '1 day')
        """,
        [inquiry.application_id for inquiry in question.inquiries],
        question.ministry,
        question.asked_at,
        list(application_ids),
    )


async def read_unanswered(tx: Transaction) -> dict[str, float]:
    """Read for how many seconds a ministry has said nothing about an application, by ministry."""
    rows = await tx.fetch(
        """
        SELECT ministry, extract(epoch FROM now() - oldest.answered_at)::double precision AS age_s
          FROM questions
         CROSS JOIN LATERAL (SELECT answered_at
                               FROM inquiries
                              WHERE inquiries.ministry = questions.ministry
                              ORDER BY answered_at
                              LIMIT 1) AS oldest
        """
    )
    return {row["ministry"]: row["age_s"] for row in rows}


async def save_failures(tx: Transaction, failures: Sequence[JobResult[Question, Any]]) -> None:
    """Ask again later, never sooner than after the ministry's pause."""
    await tx.execute(
        """
        UPDATE questions
           SET attempts = attempts + given.counts::int, claimed_by = NULL, claimed_until = NULL,
               due_at = now() + make_interval(secs => greatest(given.retry_in_s, every_s))
          FROM unnest($1::text[], $2::double precision[], $3::boolean[])
               AS given (ministry, retry_in_s, counts)
         WHERE questions.ministry = given.ministry
        """,
        [failure.job.ministry for failure in failures],
        [failure.retry_in_s for failure in failures],
        [failure.counts for failure in failures],
    )
