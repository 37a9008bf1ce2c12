"""SQL of dead letters and of the operators' journal."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from asyncpg import Record

from libs.contracts.dead_letters import JournalAction, JournalEntry, SelectedDeadLetters
from libs.database.rows import columns
from libs.database.transaction import Transaction
from libs.dead_letters.rules import (
    DeadLetter,
    FailedJob,
    FailedRecord,
    JournalNote,
    Origin,
    Selection,
)
from libs.encryption import Unopened
from libs.headers import pack_headers, unpack_headers
from libs.sealed_records import open_record, seal_record
from libs.trace_context import TraceContext, read_text


class FailedRow(NamedTuple):
    """A record that could not be processed."""

    topic: str | None
    topic_partition: int | None
    topic_offset: int | None
    record_key: bytes | None
    record_value: bytes | None
    headers: bytes
    reason: str
    detail: str
    attempts: int
    blocks: bool
    trace_context: str | None
    record_digest: bytes
    outbox_id: int | None


async def insert_records(tx: Transaction, records: Sequence[FailedRecord]) -> set[Origin]:
    """Insert failed records; return the origins of those that were not stored before.

    Their order of insertion is the order in which those of a key are replayed: offsets cannot be
    compared after a topic was made again, nor over two partitions.
    """
    rows = await tx.fetch(
        """
        INSERT INTO dead_letters (topic, topic_partition, topic_offset, record_key, record_value,
                                  headers, reason, detail, attempts, blocks, trace_context,
                                  record_digest, outbox_id, first_seen_at, last_seen_at)
        SELECT given.*, now(), now()
          FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[],
                      $7::text[], $8::text[], $9::bigint[], $10::boolean[], $11::text[],
                      $12::bytea[], $13::bigint[])
               AS given (topic, topic_partition, topic_offset, record_key, record_value, headers,
                         reason, detail, attempts, blocks, trace_context, record_digest, outbox_id)
        ON CONFLICT (topic, topic_partition, topic_offset, record_digest) DO NOTHING
        RETURNING topic, topic_partition, topic_offset, record_digest
        """,
        *columns(FailedRow, [_failed_row(tx, record) for record in records]),
    )
    return {Origin(*row.values()) for row in rows}


def _failed_row(tx: Transaction, record: FailedRecord) -> FailedRow:
    headers, value = pack_headers(record.headers), record.value
    if not record.is_unopened:
        value = seal_record(tx, record.origin.topic, record.key, record.value, headers)
    return FailedRow(
        topic=record.origin.topic,
        topic_partition=record.origin.partition,
        topic_offset=record.origin.offset,
        record_key=record.key,
        record_value=value,
        headers=headers,
        reason=record.reason,
        detail=record.detail,
        attempts=record.attempts,
        blocks=record.blocks,
        trace_context=_text(record.trace),
        record_digest=record.origin.digest,
        outbox_id=record.outbox_id,
    )


async def insert_jobs(tx: Transaction, jobs: Sequence[FailedJob]) -> set[tuple[str, str]]:
    """Insert failed jobs; return job type and key of those that had no open dead letter.

    A job has one dead letter at most. A job that was resent and failed again opens it again; a
    repeated record of the same failure does not.
    """
    rows = await tx.fetch(
        """
        INSERT INTO dead_letters AS stored (job_type, job_key, destination, reason, detail,
                                           attempts, blocks, trace_context, headers,
                                           first_seen_at, last_seen_at)
        SELECT DISTINCT ON (job_type, job_key) failed.*, $9, now(), now()
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                      $7::boolean[], $8::text[])
               AS failed (job_type, job_key, destination, reason, detail, attempts, blocks,
                          trace_context)
         ORDER BY job_type, job_key
            ON CONFLICT (job_type, job_key) WHERE job_type IS NOT NULL DO UPDATE
               SET reason = excluded.reason, detail = excluded.detail,
                   attempts = stored.attempts + excluded.attempts, last_seen_at = now(),
                   settled_at = NULL, settled_how = NULL, announced_at = NULL
             WHERE stored.settled_at IS NOT NULL
        RETURNING job_type, job_key
        """,
        [job.job_type for job in jobs],
        [job.job_key for job in jobs],
        [job.destination for job in jobs],
        [job.reason for job in jobs],
        [job.detail for job in jobs],
        [job.attempts for job in jobs],
        [job.blocks for job in jobs],
        [_text(job.trace) for job in jobs],
        pack_headers(()),
    )
    return {(row["job_type"], row["job_key"]) for row in rows}


async def any_blocking(tx: Transaction, topics: Sequence[str]) -> bool:
    """Whether any open record of these topics blocks its key."""
    blocking = await tx.fetchval(
        """
        SELECT EXISTS (
               SELECT FROM dead_letters
                WHERE settled_at IS NULL AND blocks AND topic = ANY($1))
        """,
        topics,
    )
    return bool(blocking)


async def blocked_keys(
    tx: Transaction, topics: Sequence[str], keys: Sequence[bytes]
) -> set[tuple[str, bytes]]:
    """Return the topics and keys, out of these, that an open record blocks.

    The rows are locked until the transaction ends, so that a replay cannot settle one and miss a
    record that is inserted behind it at the same time.
    """
    rows = await tx.fetch(
        """
        SELECT topic, record_key
          FROM dead_letters
         WHERE settled_at IS NULL AND blocks
           AND (topic, record_key) IN (SELECT * FROM unnest($1::text[], $2::bytea[]))
         ORDER BY dead_letter_id
           FOR SHARE
        """,
        topics,
        keys,
    )
    return {(row["topic"], row["record_key"]) for row in rows}


async def settled_origins(tx: Transaction, origins: Sequence[Origin]) -> set[Origin]:
    """Return the records, out of these, whose dead letter is settled."""
    rows = await tx.fetch(
        """
        SELECT topic, topic_partition, topic_offset, record_digest
          FROM dead_letters
         WHERE settled_at IS NOT NULL
           AND (topic, topic_partition, topic_offset, record_digest) IN (
               SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[]))
        """,
        [origin.topic for origin in origins],
        [origin.partition for origin in origins],
        [origin.offset for origin in origins],
        [origin.digest for origin in origins],
    )
    return {Origin(*row.values()) for row in rows}


async def first_unpublished(tx: Transaction) -> dict[tuple[str, bytes | None], int]:
    """Return the topics and keys whose events an open, unpublished one blocks.

    Returns:
        The smallest outbox id of these unpublished events, by topic and key.
    """
    rows = await tx.fetch(
        """
        SELECT topic, record_key, min(outbox_id) AS first_id
          FROM dead_letters
         WHERE settled_at IS NULL AND blocks AND outbox_id IS NOT NULL AND record_key IS NOT NULL
         GROUP BY topic, record_key
        """
    )
    return {(row["topic"], row["record_key"]): row["first_id"] for row in rows}


async def lock_first_unpublished(
    tx: Transaction, topics: Sequence[str], keys: Sequence[bytes]
) -> dict[tuple[str, bytes | None], int]:
    """Return the same as `first_unpublished`, for these topics and keys.

    The rows are locked until the transaction ends, as those of `blocked_keys`.
    """
    rows = await tx.fetch(
        """
        WITH locked AS (
            SELECT topic, record_key, outbox_id
              FROM dead_letters
             WHERE settled_at IS NULL AND blocks AND outbox_id IS NOT NULL
               AND (topic, record_key) IN (SELECT * FROM unnest($1::text[], $2::bytea[]))
             ORDER BY dead_letter_id
               FOR SHARE)
        SELECT topic, record_key, min(outbox_id) AS first_id
          FROM locked
         GROUP BY topic, record_key
        """,
        topics,
        keys,
    )
    return {(row["topic"], row["record_key"]): row["first_id"] for row in rows}


async def is_blocked(tx: Transaction, dead_letter_id: int, record: FailedRecord) -> bool:
    """Whether an earlier open dead letter of the same key blocks this one."""
    blocked = await tx.fetchval(
        """
        SELECT EXISTS (
               SELECT FROM dead_letters
                WHERE settled_at IS NULL AND blocks
                  AND topic = $1 AND record_key = $2 AND dead_letter_id < $3)
        """,
        record.origin.topic,
        record.key,
        dead_letter_id,
    )
    return bool(blocked)


async def blocked_by(tx: Transaction, dead_letter_id: int, record: FailedRecord) -> list[int]:
    """Return the ids of the dead letters that this one blocks, in order."""
    rows = await tx.fetch(
        """
        SELECT dead_letter_id
          FROM dead_letters
         WHERE settled_at IS NULL AND topic = $1 AND record_key = $2 AND reason = 'blocked'
           AND dead_letter_id > $3
         ORDER BY dead_letter_id
        """,
        record.origin.topic,
        record.key,
        dead_letter_id,
    )
    return [row["dead_letter_id"] for row in rows]


async def mark_announced(
    tx: Transaction, topics: Sequence[str], *, older_than_s: float, limit: int
) -> list[Record]:
    """Mark blocking records whose citizens are to be notified; return id, key, topic and trace."""
    return await tx.fetch(
        """
        UPDATE dead_letters
           SET announced_at = now()
         WHERE dead_letter_id = ANY (ARRAY(
               SELECT dead_letter_id
                 FROM dead_letters
                WHERE settled_at IS NULL AND announced_at IS NULL
                  AND blocks AND reason <> 'blocked'
                  AND topic = ANY($1)
                  AND first_seen_at <= now() - make_interval(secs => $2)
                ORDER BY dead_letter_id
                LIMIT $3
                  FOR UPDATE SKIP LOCKED))
        RETURNING dead_letter_id, record_key, topic, trace_context
        """,
        topics,
        older_than_s,
        limit,
    )


async def read_newest(tx: Transaction, topic: str, record_key: bytes) -> FailedRecord | None:
    """Read the newest open dead letter of a topic and key."""
    row = await tx.fetchrow(
        """
        SELECT *
          FROM dead_letters
         WHERE settled_at IS NULL AND topic = $1 AND record_key = $2
         ORDER BY dead_letter_id DESC
         LIMIT 1
        """,
        topic,
        record_key,
    )
    return _failed_record(tx, row) if row else None


async def list_dead_letters(
    tx: Transaction,
    selection: Selection,
    *,
    after: int = 0,
    limit: int,
    also_settled: bool = False,
) -> list[Record]:
    """Read dead letters without their content, the oldest first.

    Args:
        tx: the open transaction.
        selection: the dead letters to list.
        after: the last id of the previous page.
        limit: maximum number of rows.
        also_settled: whether settled ones are included.
    """
    return await tx.fetch(
        """
        SELECT letter.dead_letter_id, letter.topic, letter.topic_partition, letter.topic_offset,
               letter.job_type, letter.destination, letter.job_key,
               letter.reason, letter.detail, letter.attempts, letter.blocks,
               (SELECT count(*)
                  FROM dead_letters AS later
                 WHERE later.settled_at IS NULL AND later.reason = 'blocked'
                   AND later.topic = letter.topic AND later.record_key = letter.record_key
                   AND later.dead_letter_id > letter.dead_letter_id) AS blocked_count,
               letter.trace_context, letter.first_seen_at, letter.last_seen_at,
               extract(epoch FROM now() - letter.first_seen_at)::float8 AS age_s,
               letter.settled_how
          FROM dead_letters AS letter
         WHERE (letter.settled_at IS NULL OR $8)
           AND ($1::bigint[] IS NULL OR letter.dead_letter_id = ANY($1))
           AND ($2::text IS NULL OR letter.reason = $2 OR starts_with(letter.reason, $2 || '.'))
           AND ($3::text IS NULL OR letter.destination = $3)
           AND ($4::timestamptz IS NULL OR letter.last_seen_at >= $4)
           AND ($5::timestamptz IS NULL OR letter.last_seen_at < $5)
           AND letter.dead_letter_id > $6
         ORDER BY letter.dead_letter_id
         LIMIT $7
        """,
        _list(selection.ids),
        selection.reason,
        selection.destination,
        selection.since,
        selection.until,
        after,
        limit,
        also_settled,
    )


async def select_ids(
    tx: Transaction, selection: Selection, *, after: int, limit: int
) -> list[tuple[int, bool]]:
    """Return open dead letters after an id, in the order in which they were stored.

    Returns:
        Their ids, and whether each is a job.
    """
    rows = await tx.fetch(
        """
        SELECT dead_letter_id, job_type IS NOT NULL AS is_job
          FROM dead_letters
         WHERE settled_at IS NULL
           AND ($1::bigint[] IS NULL OR dead_letter_id = ANY($1))
           AND ($2::text IS NULL OR reason = $2 OR starts_with(reason, $2 || '.'))
           AND ($3::text IS NULL OR destination = $3)
           AND ($4::timestamptz IS NULL OR last_seen_at >= $4)
           AND ($5::timestamptz IS NULL OR last_seen_at < $5)
           AND dead_letter_id > $6
         ORDER BY dead_letter_id
         LIMIT $7
        """,
        _list(selection.ids),
        selection.reason,
        selection.destination,
        selection.since,
        selection.until,
        after,
        limit,
    )
    return [(row["dead_letter_id"], row["is_job"]) for row in rows]


async def count_selected(tx: Transaction, selection: Selection) -> list[SelectedDeadLetters]:
    """Count open dead letters by topic or job type, destination and reason, the most first."""
    rows = await tx.fetch(
        """
        SELECT coalesce(job_type, topic) AS source, destination, reason, count(*) AS number,
               min(last_seen_at) AS first_failed_at, max(last_seen_at) AS last_failed_at
          FROM dead_letters
         WHERE settled_at IS NULL
           AND ($1::bigint[] IS NULL OR dead_letter_id = ANY($1))
           AND ($2::text IS NULL OR reason = $2 OR starts_with(reason, $2 || '.'))
           AND ($3::text IS NULL OR destination = $3)
           AND ($4::timestamptz IS NULL OR last_seen_at >= $4)
           AND ($5::timestamptz IS NULL OR last_seen_at < $5)
         GROUP BY 1, 2, 3
         ORDER BY number DESC, source, destination, reason
        """,
        _list(selection.ids),
        selection.reason,
        selection.destination,
        selection.since,
        selection.until,
    )
    return [SelectedDeadLetters(**row) for row in rows]


async def read_one(tx: Transaction, dead_letter_id: int) -> DeadLetter | None:
    """Read one dead letter with its content, settled or not."""
    row = await tx.fetchrow(
        """
        SELECT *
          FROM dead_letters
         WHERE dead_letter_id = $1
        """,
        dead_letter_id,
    )
    return _dead_letter(tx, row) if row else None


async def lock_open(tx: Transaction, dead_letter_id: int) -> DeadLetter | None:
    """Read an open dead letter and lock it until the transaction ends; None if it is not open."""
    row = await tx.fetchrow(
        """
        SELECT *
          FROM dead_letters
         WHERE dead_letter_id = $1 AND settled_at IS NULL
           FOR UPDATE
        """,
        dead_letter_id,
    )
    return _dead_letter(tx, row) if row else None


async def lock_open_jobs(tx: Transaction, ids: Sequence[int]) -> dict[int, FailedJob]:
    """Read the open ones of these dead letters of jobs, and lock them until the end of `tx`."""
    rows = await tx.fetch(
        """
        SELECT *
          FROM dead_letters
         WHERE dead_letter_id = ANY($1) AND settled_at IS NULL AND job_type IS NOT NULL
         ORDER BY dead_letter_id
           FOR UPDATE
        """,
        ids,
    )
    return {row["dead_letter_id"]: _failed_job(row) for row in rows}


async def settle(tx: Transaction, ids: Sequence[int], *, how: str) -> None:
    """Settle open dead letters."""
    await tx.execute(
        """
        UPDATE dead_letters
           SET settled_at = now(), settled_how = $2
         WHERE dead_letter_id = ANY($1) AND settled_at IS NULL
        """,
        ids,
        how,
    )


async def settle_jobs(tx: Transaction, job_type: str, job_keys: Collection[str], how: str) -> None:
    """Settle the open dead letters of jobs."""
    await tx.execute(
        """
        UPDATE dead_letters
           SET settled_at = now(), settled_how = $3
         WHERE job_type = $1 AND job_key = ANY($2) AND settled_at IS NULL
        """,
        job_type,
        list(job_keys),
        how,
    )


async def add_failed_attempt(
    tx: Transaction, dead_letter_id: int, *, reason: str, detail: str
) -> None:
    """Store that a replay failed, and why; the dead letter goes on to block its key.

    A refused record keeps its reason, and the new one goes into the detail: by its reason, a replay
    knows that the mark in the inbox is that of the refusal.
    """
    await tx.execute(
        """
        UPDATE dead_letters
           SET attempts = attempts + 1, last_seen_at = now(),
               reason = CASE WHEN topic IS NOT NULL AND starts_with(reason, 'refused.')
                             THEN reason ELSE $2 END,
               detail = CASE WHEN topic IS NOT NULL AND starts_with(reason, 'refused.')
                             THEN $2 || ': ' || $3 ELSE $3 END
         WHERE dead_letter_id = $1 AND settled_at IS NULL
        """,
        dead_letter_id,
        reason,
        detail,
    )


async def add_refusal(tx: Transaction, dead_letter_id: int, *, reason: str, detail: str) -> None:
    """Store that the handler refused the record in a replay; it blocks no later ones any more."""
    await tx.execute(
        """
        UPDATE dead_letters
           SET attempts = attempts + 1, last_seen_at = now(), reason = $2, detail = $3,
               blocks = false
         WHERE dead_letter_id = $1 AND settled_at IS NULL
        """,
        dead_letter_id,
        reason,
        detail,
    )


async def count_open(tx: Transaction, *, limit: int) -> int:
    """Count the open dead letters, up to a limit."""
    count: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM (SELECT FROM dead_letters WHERE settled_at IS NULL LIMIT $1) AS open_ones
        """,
        limit,
    )
    return count


async def delete_settled(tx: Transaction, *, older_than_s: float, limit: int) -> int:
    """Delete up to `limit` dead letters that were settled `older_than_s` ago; return how many."""
    return await tx.execute(
        """
        DELETE FROM dead_letters
         WHERE dead_letter_id = ANY (ARRAY(
               SELECT dead_letter_id FROM dead_letters
                WHERE settled_at < now() - make_interval(secs => $1)
                LIMIT $2
                  FOR UPDATE SKIP LOCKED))
        """,
        older_than_s,
        limit,
    )


async def insert_journal(
    tx: Transaction, note: JournalNote, action: JournalAction, ids: Sequence[int]
) -> None:
    """Write an operator's action into the journal, in the transaction of the action."""
    await tx.execute(
        """
        INSERT INTO operators_journal (actor, action, dead_letter_id, why)
        SELECT $1, $2, dead_letter_id, $4 FROM unnest($3::bigint[]) AS dead_letter_id
        """,
        note.actor,
        action,
        ids,
        note.why,
    )


async def read_journal(tx: Transaction, *, before: int | None, limit: int) -> list[JournalEntry]:
    """Read the journal, the newest entry first; only entries before `before`, if given.

    The journal is never changed and never deleted.
    """
    rows = await tx.fetch(
        """
        SELECT entry_no, at, actor, action, dead_letter_id, why
          FROM operators_journal
         WHERE entry_no < coalesce($1, 9223372036854775807)
         ORDER BY entry_no DESC
         LIMIT $2
        """,
        before,
        limit,
    )
    return [JournalEntry(**row) for row in rows]


def _list(ids: Collection[int] | None) -> Sequence[int] | None:
    return None if ids is None else list(ids)


def _text(trace: TraceContext | None) -> str | None:
    return trace.text() if trace else None


def _dead_letter(tx: Transaction, row: Record) -> DeadLetter:
    return DeadLetter(
        dead_letter_id=row["dead_letter_id"],
        failed=_failed_record(tx, row) if row["job_type"] is None else _failed_job(row),
    )


def _failed_record(tx: Transaction, row: Record) -> FailedRecord:
    key, value, is_unopened = row["record_key"], None, False
    try:
        value = open_record(tx, row["topic"], key, row["record_value"], row["headers"])
    except Unopened:
        is_unopened = True
    return FailedRecord(
        origin=Origin(
            row["topic"], row["topic_partition"], row["topic_offset"], row["record_digest"]
        ),
        key=key,
        value=value,
        headers=unpack_headers(row["headers"]),
        reason=row["reason"],
        detail=row["detail"],
        attempts=row["attempts"],
        blocks=row["blocks"],
        trace=read_text(row["trace_context"]),
        outbox_id=row["outbox_id"],
        is_unopened=is_unopened,
    )


def _failed_job(row: Record) -> FailedJob:
    return FailedJob(
        job_type=row["job_type"],
        job_key=row["job_key"],
        destination=row["destination"],
        reason=row["reason"],
        detail=row["detail"],
        attempts=row["attempts"],
        blocks=row["blocks"],
        trace=read_text(row["trace_context"]),
    )
