"""SQL of the status of ministries' systems."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.ministries.status.rules import Calls, Status, Waiting


class StatusRow(NamedTuple):
    """The status of a ministry's system."""

    ministry: str
    state: str
    since: datetime
    waiting: int
    oldest_waiting_since: datetime | None
    oldest_delivery_id: UUID | None
    attempts: int
    last_failure: str | None
    next_attempt_at: datetime | None
    measured_at: datetime
    announced: str
    announced_at: datetime | None
    trouble: str | None


class CallsRow(NamedTuple):
    """The results of one process's calls."""

    ministry: str
    replica: str
    circuit: str
    failures_in_row: int
    answered_at: datetime | None
    failed_at: datetime | None
    p50_ms: float | None
    p99_ms: float | None
    observed_at: datetime
    failure: str | None


async def save_calls(tx: Transaction, calls: Sequence[Calls]) -> None:
    """Store the results of one process's calls in place of its last ones.

    A process that has just started knows of no answer yet; the last one stays.
    """
    await tx.execute(
        """
        INSERT INTO ministry_calls AS stored
               (ministry, replica, circuit, failures_in_row, answered_at, failed_at, p50_ms, p99_ms,
                observed_at, failure)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[],
                      $6::timestamptz[], $7::float8[], $8::float8[], $9::timestamptz[],
                      $10::text[])
            AS given (ministry, replica, circuit, failures_in_row, answered_at, failed_at, p50_ms,
                      p99_ms, observed_at, failure)
            ON CONFLICT (ministry, replica) DO UPDATE
           SET circuit = excluded.circuit, failures_in_row = excluded.failures_in_row,
               answered_at = coalesce(excluded.answered_at, stored.answered_at),
               failed_at = coalesce(excluded.failed_at, stored.failed_at),
               p50_ms = coalesce(excluded.p50_ms, stored.p50_ms),
               p99_ms = coalesce(excluded.p99_ms, stored.p99_ms),
               observed_at = excluded.observed_at,
               failure = coalesce(excluded.failure, stored.failure)
        """,
        *columns(
            CallsRow,
            [
                CallsRow(
                    ministry=call.ministry,
                    replica=call.replica,
                    circuit=call.circuit,
                    failures_in_row=call.failures_in_row,
                    answered_at=call.answered_at,
                    failed_at=call.failed_at,
                    p50_ms=call.p50_ms,
                    p99_ms=call.p99_ms,
                    observed_at=call.observed_at,
                    failure=call.failure,
                )
                for call in calls
            ],
        ),
    )


async def read_calls(tx: Transaction) -> list[Calls]:
    """Read the results of all processes' calls."""
    rows = await tx.fetch(
        """
        SELECT ministry, replica, circuit, failures_in_row, answered_at, failed_at, p50_ms, p99_ms,
               observed_at, failure
          FROM ministry_calls
         ORDER BY ministry, replica
        """
    )
    return [Calls(**row) for row in rows]


async def count_waiting(tx: Transaction, *, limit: int) -> list[Waiting]:
    """Count the deliveries of every ministry that wait for over a minute, up to `limit`.

    Only ministries for which something waits are returned, one step in an index for each.
    """
    rows = await tx.fetch(
        """
        WITH RECURSIVE waiting (ministry) AS (
            SELECT min(ministry) FROM deliveries WHERE state = 'open'
             UNION ALL
            SELECT (SELECT min(later.ministry)
                      FROM deliveries AS later
                     WHERE later.state = 'open' AND later.ministry > waiting.ministry)
              FROM waiting
             WHERE waiting.ministry IS NOT NULL
        )
        SELECT waiting.ministry, counted.waiting, oldest.planned_at AS oldest_waiting_since,
               oldest.delivery_id AS oldest_delivery_id, oldest.attempts, oldest.last_failure,
               next.due_at AS next_attempt_at
          FROM waiting
         CROSS JOIN LATERAL (
                SELECT count(*) AS waiting
                  FROM (SELECT
                          FROM deliveries
                         WHERE deliveries.ministry = waiting.ministry
                           AND state = 'open'
                           AND planned_at < now() - interval '1 minute'
                         LIMIT $1) AS part) AS counted
         CROSS JOIN LATERAL (
                SELECT planned_at, delivery_id, attempts, last_failure
                  FROM deliveries
                 WHERE deliveries.ministry = waiting.ministry AND state = 'open'
                 ORDER BY planned_at
                 LIMIT 1) AS oldest
          LEFT JOIN LATERAL (
                SELECT due_at
                  FROM deliveries
                 WHERE deliveries.ministry = waiting.ministry AND due_at IS NOT NULL
                 ORDER BY due_at
                 LIMIT 1) AS next ON true
         WHERE waiting.ministry IS NOT NULL
        """,
        limit,
    )
    return [Waiting(**row) for row in rows]


async def lock_statuses(tx: Transaction) -> dict[str, Status]:
    """Read all statuses, and lock them until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT ministry, state, since, waiting, oldest_waiting_since, oldest_delivery_id, attempts,
               last_failure, next_attempt_at, measured_at, announced, announced_at, trouble
          FROM ministry_status
         ORDER BY ministry
           FOR UPDATE
        """
    )
    return {row["ministry"]: _status(row) for row in rows}


async def read_statuses(tx: Transaction) -> list[Status]:
    """Read all statuses."""
    rows = await tx.fetch(
        """
        SELECT ministry, state, since, waiting, oldest_waiting_since, oldest_delivery_id, attempts,
               last_failure, next_attempt_at, measured_at, announced, announced_at, trouble
          FROM ministry_status
         ORDER BY ministry
        """
    )
    return [_status(row) for row in rows]


async def save_statuses(tx: Transaction, statuses: Sequence[Status]) -> None:
    """Store statuses."""
    await tx.execute(
        """
        INSERT INTO ministry_status
               (ministry, state, since, waiting, oldest_waiting_since, oldest_delivery_id, attempts,
                last_failure, next_attempt_at, measured_at, announced, announced_at, trouble)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::timestamptz[],
                      $6::uuid[], $7::bigint[], $8::text[], $9::timestamptz[], $10::timestamptz[],
                      $11::text[], $12::timestamptz[], $13::text[])
            AS given (ministry, state, since, waiting, oldest_waiting_since, oldest_delivery_id,
                      attempts, last_failure, next_attempt_at, measured_at, announced,
                      announced_at, trouble)
            ON CONFLICT (ministry) DO UPDATE
           SET state = excluded.state, since = excluded.since, waiting = excluded.waiting,
               oldest_waiting_since = excluded.oldest_waiting_since,
               oldest_delivery_id = excluded.oldest_delivery_id, attempts = excluded.attempts,
               last_failure = excluded.last_failure, next_attempt_at = excluded.next_attempt_at,
               measured_at = excluded.measured_at, announced = excluded.announced,
               announced_at = excluded.announced_at, trouble = excluded.trouble
        """,
        *columns(
            StatusRow,
            [
                StatusRow(
                    ministry=status.ministry,
                    state=status.state,
                    since=status.since,
                    waiting=status.waiting.waiting,
                    oldest_waiting_since=status.waiting.oldest_waiting_since,
                    oldest_delivery_id=status.waiting.oldest_delivery_id,
                    attempts=status.waiting.attempts,
                    last_failure=status.waiting.last_failure,
                    next_attempt_at=status.waiting.next_attempt_at,
                    measured_at=status.measured_at,
                    announced=status.announced,
                    announced_at=status.announced_at,
                    trouble=status.trouble,
                )
                for status in statuses
            ],
        ),
    )


def _status(row: Any) -> Status:
    return Status(
        row["ministry"],
        row["state"],
        row["since"],
        Waiting(
            row["ministry"],
            row["waiting"],
            row["oldest_waiting_since"],
            row["oldest_delivery_id"],
            row["attempts"],
            row["last_failure"],
            row["next_attempt_at"],
        ),
        row["measured_at"],
        row["announced"],
        row["announced_at"],
        row["trouble"],
    )
