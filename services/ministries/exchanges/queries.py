"""SQL of batches and of exchanges of files."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.jobs import JobResult, Lease
from services.ministries.deliveries.values import ReadFile
from services.ministries.exchanges.rules import Exchange, Exchanged, Place


async def ensure_exchange(tx: Transaction, ministry: str, every_s: float) -> None:
    """Let files be exchanged with a ministry from now on."""
    await tx.execute(
        """
        INSERT INTO exchanges (ministry, every_s)
        VALUES ($1, $2)
            ON CONFLICT (ministry) DO UPDATE SET every_s = excluded.every_s
         WHERE exchanges.every_s <> excluded.every_s
        """,
        ministry,
        every_s,
    )


async def next_batch_no(tx: Transaction, ministry: str, every_s: float) -> int | None:
    """Lock a ministry's exchange; return the number of a new batch, or None if it is too early.

    The number is the time in seconds since 2026, and a batch is made once a second at most. So a
    database that was restored to a moment gives no number again that it gave since.
    """
    batch_no: int | None = await tx.fetchval(
        """
        WITH locked AS (
            SELECT ministry FROM exchanges WHERE ministry = $1 FOR UPDATE
        )
        SELECT greatest(
                   coalesce(max(batches.batch_no), 0) + 1,
                   extract(epoch FROM now() - timestamptz '2026-01-01T00:00Z')::bigint)
          FROM locked
          LEFT JOIN batches USING (ministry)
        HAVING coalesce(
                   max(batches.made_at) < now() - make_interval(secs => greatest($2, 1)), true)
        """,
        ministry,
        every_s,
    )
    return batch_no


async def insert_batch(
    tx: Transaction, ministry: str, batch_no: int, delivery_ids: Sequence[UUID]
) -> None:
    """Insert a batch with its rows in order, and make its exchange due."""
    await tx.execute(
        """
        WITH batch AS (
            INSERT INTO batches (ministry, batch_no) VALUES ($1, $2)
        ), due AS (
            UPDATE exchanges SET due_at = now() WHERE ministry = $1 AND attempts = 0
        )
        INSERT INTO batch_rows (ministry, batch_no, row_no, delivery_id)
        SELECT $1, $2, place, delivery_id
          FROM unnest($3::uuid[]) WITH ORDINALITY AS given (delivery_id, place)
        """,
        ministry,
        batch_no,
        list(delivery_ids),
    )


async def claim_exchanges(tx: Transaction, lease: Lease) -> list[Exchange]:
    """Claim due exchanges, without the batches to send."""
    rows = await tx.fetch(
        """
        WITH chosen AS (
            SELECT ministry
              FROM exchanges
             WHERE due_at <= now()
               AND (claimed_until IS NULL OR claimed_until < now())
               AND ministry <> ALL($3::text[])
             ORDER BY due_at
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        )
        UPDATE exchanges
           SET claimed_by = $1, claimed_until = now() + make_interval(secs => $4)
          FROM chosen
         WHERE exchanges.ministry = chosen.ministry
        RETURNING exchanges.ministry, attempts, due_at AS created_at
        """,
        lease.holder,
        lease.limit,
        list(lease.excluded),
        lease.duration_s,
    )
    return [Exchange(**dict(row)) for row in rows]


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest due exchange is due; 0 if none is."""
    age_s: float = await tx.fetchval(
        """
        SELECT greatest(extract(epoch FROM now() - min(due_at)), 0)::float8
          FROM exchanges
        """
    )
    return age_s


async def release_exchanges(tx: Transaction, claimed_by: str, kept: Collection[str] = ()) -> None:
    """Release the exchanges that this job runner has claimed and does not work at."""
    await tx.execute(
        """
        UPDATE exchanges
           SET claimed_by = NULL, claimed_until = NULL
         WHERE claimed_by = $1 AND ministry <> ALL($2::text[])
        """,
        claimed_by,
        list(kept),
    )


async def read_unsent(tx: Transaction, ministries: Collection[str], limit: int) -> list[Any]:
    """Read the rows of the oldest batches that are not sent, in order; one without rows is left."""
    return await tx.fetch(
        """
        SELECT ministry, batch_no, made_at, row_no, delivery_id
          FROM (SELECT ministry, batch_no, made_at,
                       row_number() OVER (PARTITION BY ministry ORDER BY batch_no) AS place
                  FROM batches
                 WHERE ministry = ANY($1) AND sent_at IS NULL
                   AND EXISTS (
                           SELECT
                             FROM batch_rows
                            WHERE batch_rows.ministry = batches.ministry
                              AND batch_rows.batch_no = batches.batch_no
                       )) AS unsent
          JOIN batch_rows USING (ministry, batch_no)
         WHERE place <= $2
         ORDER BY ministry, batch_no, row_no
        """,
        list(ministries),
        limit,
    )


async def read_read_files(
    tx: Transaction, ministries: Collection[str]
) -> list[tuple[str, ReadFile]]:
    """Read the files that are to be put aside, with their ministries."""
    rows = await tx.fetch(
        """
        SELECT ministry, name, is_refused, report, sha256
          FROM read_files
         WHERE ministry = ANY($1)
        """,
        list(ministries),
    )
    return [
        (
            row["ministry"],
            ReadFile(row["name"], row["is_refused"], row["report"], row["sha256"]),
        )
        for row in rows
    ]


async def read_rows(tx: Transaction, ministry: str, places: Collection[Place]) -> dict[Place, Any]:
    """Read delivery and case file number of rows of batches."""
    rows = await tx.fetch(
        """
        SELECT batch_no, row_no, delivery_id, case_file_number
          FROM batch_rows
         WHERE ministry = $1
           AND (batch_no, row_no) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
        """,
        ministry,
        [batch_no for batch_no, _ in places],
        [row_no for _, row_no in places],
    )
    return {(row["batch_no"], row["row_no"]): row for row in rows}


async def save_answers(tx: Transaction, ministry: str, numbers: Mapping[Place, str | None]) -> None:
    """Mark rows as answered, with their case file numbers, except for erased citizens."""
    await tx.execute(
        """
        UPDATE batch_rows
           SET answered_at = coalesce(answered_at, now()),
               case_file_number = coalesce(
                   batch_rows.case_file_number,
                   (SELECT given.case_file_number
                      FROM deliveries
                      JOIN applications USING (application_id, ministry)
                     WHERE deliveries.delivery_id = batch_rows.delivery_id
                       AND NOT applications.erased))
          FROM unnest($2::bigint[], $3::bigint[], $4::text[])
               AS given (batch_no, row_no, case_file_number)
         WHERE ministry = $1
           AND batch_rows.batch_no = given.batch_no
           AND batch_rows.row_no = given.row_no
        """,
        ministry,
        [batch_no for batch_no, _ in numbers],
        [row_no for _, row_no in numbers],
        list(numbers.values()),
    )


async def save_exchange(
    tx: Transaction, ministry: str, done: Exchanged, files: Sequence[ReadFile]
) -> None:
    """Record files sent, put aside and read; the next exchange is due at once if more may follow.

    Args:
        tx: the transaction.
        ministry: the files were exchanged with.
        done: what succeeded.
        files: the reports on the files that were read.
    """
    await tx.execute(
        "UPDATE batches SET sent_at = now() WHERE ministry = $1 AND batch_no = ANY($2)",
        ministry,
        [batch.batch_no for batch in done.sent],
    )
    await tx.execute(
        "DELETE FROM read_files WHERE ministry = $1 AND name = ANY($2)",
        ministry,
        [file.name for file in done.put_aside],
    )
    await tx.execute(
        """
        INSERT INTO read_files (ministry, name, is_refused, report, sha256)
        SELECT $1, * FROM unnest($2::text[], $3::boolean[], $4::text[], $5::text[])
            ON CONFLICT (ministry, name) DO UPDATE
                  SET is_refused = excluded.is_refused,
                      report = excluded.report,
                      sha256 = excluded.sha256
        """,
        ministry,
        [file.name for file in files],
        [file.is_refused for file in files],
        [file.report for file in files],
        [file.sha256 for file in files],
    )
    await tx.execute(
        """
        UPDATE exchanges
           SET attempts = 0, claimed_by = NULL, claimed_until = NULL,
               due_at = now() + make_interval(secs => CASE WHEN $2 THEN 0 ELSE every_s END),
               answered_at = CASE WHEN $3 THEN now() ELSE answered_at END
         WHERE ministry = $1
        """,
        ministry,
        bool(files or done.sent or not done.is_complete),
        bool(files or done.sent or done.put_aside or done.is_complete),
    )


async def save_failures(tx: Transaction, failures: Sequence[JobResult[Exchange, Any]]) -> None:
    """Try exchanges again later; one that would never be repeated, after its usual pause."""
    await tx.execute(
        """
        UPDATE exchanges
           SET attempts = attempts + given.counts::int, claimed_by = NULL, claimed_until = NULL,
               due_at = now() + make_interval(secs => coalesce(given.retry_in_s, every_s)),
               failure = given.failure
          FROM unnest($1::text[], $2::double precision[], $3::boolean[], $4::text[])
               AS given (ministry, retry_in_s, counts, failure)
         WHERE exchanges.ministry = given.ministry
        """,
        [failure.job.ministry for failure in failures],
        [failure.retry_in_s for failure in failures],
        [failure.counts for failure in failures],
        [type(failure.failure).__name__ for failure in failures],
    )


async def read_failing(tx: Transaction) -> dict[str, tuple[int, str]]:
    """Read how many exchanges failed in a row, and the class of the last failure, by ministry."""
    rows = await tx.fetch(
        "SELECT ministry, attempts, failure FROM exchanges WHERE attempts > 0 AND failure <> ''"
    )
    return {row["ministry"]: (row["attempts"], row["failure"]) for row in rows}


async def read_answered(tx: Transaction) -> dict[str, datetime]:
    """Read when files were exchanged last, by ministry."""
    rows = await tx.fetch(
        "SELECT ministry, answered_at FROM exchanges WHERE answered_at IS NOT NULL"
    )
    return {row["ministry"]: row["answered_at"] for row in rows}


async def read_others(tx: Transaction, ministries: Collection[str]) -> list[str]:
    """Read which other ministries files have been exchanged with until now.

    One is left while files are exchanged with it: a batch may be on its way.
    """
    rows = await tx.fetch(
        """
        SELECT ministry
          FROM exchanges
         WHERE ministry <> ALL($1) AND (claimed_until IS NULL OR claimed_until < now())
           FOR UPDATE
        """,
        list(ministries),
    )
    return [row["ministry"] for row in rows]


async def delete_unsent(tx: Transaction, ministry: str) -> list[UUID]:
    """Delete the batches of a ministry that were not sent; return their deliveries."""
    rows = await tx.fetch(
        """
        DELETE FROM batch_rows
         USING batches
         WHERE batch_rows.ministry = $1
           AND batches.ministry = batch_rows.ministry
           AND batches.batch_no = batch_rows.batch_no
           AND batches.sent_at IS NULL
        RETURNING delivery_id
        """,
        ministry,
    )
    await tx.execute("DELETE FROM batches WHERE ministry = $1 AND sent_at IS NULL", ministry)
    return [row["delivery_id"] for row in rows]


async def delete_settled_exchange(tx: Transaction, ministry: str) -> None:
    """Exchange no files with a ministry any more, if no row of a sent batch waits for an answer.

    A file that was read is put aside before. A row whose delivery was answered in another way, or
    settled by an operator, waits no more.
    """
    await tx.execute(
        """
        DELETE FROM exchanges
         WHERE ministry = $1
           AND NOT EXISTS (SELECT FROM read_files WHERE read_files.ministry = $1)
           AND NOT EXISTS (
                   SELECT
                     FROM batch_rows
                     JOIN deliveries USING (delivery_id, ministry)
                    WHERE batch_rows.ministry = $1
                      AND batch_rows.answered_at IS NULL
                      AND deliveries.state = 'open'
               )
        """,
        ministry,
    )


async def read_unanswered(tx: Transaction, ministry: str, batch_no: int) -> list[UUID]:
    """Read the deliveries of a batch that has been sent, whose rows have no answer."""
    rows = await tx.fetch(
        """
        SELECT delivery_id
          FROM batch_rows
          JOIN batches USING (ministry, batch_no)
         WHERE ministry = $1 AND batch_no = $2 AND answered_at IS NULL AND sent_at IS NOT NULL
        """,
        ministry,
        batch_no,
    )
    return [row["delivery_id"] for row in rows]


async def delete_rows_to_send(tx: Transaction, delivery_ids: Collection[UUID]) -> None:
    """Delete rows of batches that are not sent."""
    await tx.execute(
        """
        DELETE FROM batch_rows
         USING batches
         WHERE batch_rows.delivery_id = ANY($1)
           AND batches.ministry = batch_rows.ministry
           AND batches.batch_no = batch_rows.batch_no
           AND batches.sent_at IS NULL
        """,
        list(delivery_ids),
    )


async def delete_numbers(tx: Transaction, delivery_ids: Collection[UUID]) -> None:
    """Delete the case file numbers of rows."""
    await tx.execute(
        "UPDATE batch_rows SET case_file_number = NULL WHERE delivery_id = ANY($1)",
        list(delivery_ids),
    )


async def read_overdue(tx: Transaction) -> dict[str, float]:
    """Read for how many seconds the oldest row of a sent batch has had no answer, by ministry.

    A row whose delivery was answered in a later batch, or settled by an operator, waits no more.
    """
    rows = await tx.fetch(
        """
        SELECT ministry, extract(epoch FROM now() - min(sent_at))::double precision AS age_s
          FROM batch_rows
          JOIN batches USING (ministry, batch_no)
          JOIN deliveries USING (delivery_id, ministry)
         WHERE answered_at IS NULL AND sent_at IS NOT NULL AND deliveries.state = 'open'
         GROUP BY ministry
        """
    )
    return {row["ministry"]: row["age_s"] for row in rows}
