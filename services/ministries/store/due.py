"""Deliveries in the hands of workers: taken, tried, tried again, delayed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.database.claims import Terms
from libs.database.transaction import Transaction
from services.ministries.domain import Delivery
from services.ministries.store.deliveries import delivery_of


@dataclass(frozen=True, slots=True)
class Retry:
    """A try that did not succeed: why, and in how many seconds the next one is due.

    `next_due_s` is None for never by itself; `counts` is false where the ministry was not asked.
    """

    delivery_id: UUID
    reason: str
    next_due_s: float | None
    counts: bool = True


async def claim_due(tx: Transaction, terms: Terms) -> list[Delivery]:
    """Take due deliveries for a while, and note that their first try begins.

    Ministries take turns: the oldest of each, then the second of each, and so on. Commit before
    anything is sent.
    """
    rows = await tx.fetch(
        """
        WITH RECURSIVE parties (ministry) AS (
            SELECT min(ministry) FROM deliveries WHERE due_at IS NOT NULL
             UNION ALL
            SELECT (SELECT min(later.ministry)
                      FROM deliveries AS later
                     WHERE later.due_at IS NOT NULL AND later.ministry > parties.ministry)
              FROM parties
             WHERE parties.ministry IS NOT NULL
        ),
        chosen AS (
            SELECT share.delivery_id
              FROM parties
             CROSS JOIN LATERAL (
                    SELECT turn.delivery_id, row_number() OVER (ORDER BY turn.due_at) AS place
                      FROM (SELECT due.delivery_id, due.due_at
                              FROM deliveries AS due
                             WHERE due.ministry = parties.ministry
                               AND due.due_at <= now()
                               AND (due.claimed_until IS NULL OR due.claimed_until < now())
                             ORDER BY due.due_at
                             LIMIT least($2::bigint, $5::bigint)
                               FOR UPDATE SKIP LOCKED) AS turn
                   ) AS share
             WHERE parties.ministry <> ALL($4::text[])
             ORDER BY share.place
             LIMIT $2::bigint
        )
        UPDATE deliveries
           SET claimed_by = $1,
               claimed_until = now() + make_interval(secs => $3),
               tried_since = coalesce(tried_since, now())
          FROM chosen
         WHERE deliveries.delivery_id = chosen.delivery_id
        RETURNING deliveries.delivery_id, application_id, ministry, tracking_number,
                  public_service_id, kind, form, trace_context, attempts, open_since AS created_at
        """,
        terms.worker,
        terms.limit,
        terms.lease_s,
        list(terms.without),
        terms.per_party,
    )
    return [delivery_of(row) for row in rows]


async def release_claims(tx: Transaction, worker: str) -> None:
    """Give back what this worker had in hand when it was ended."""
    await tx.execute(
        """
        UPDATE deliveries
           SET claimed_by = NULL, claimed_until = NULL
         WHERE claimed_by = $1 AND due_at IS NOT NULL
        """,
        worker,
    )


async def save_retries(tx: Transaction, retries: Sequence[Retry]) -> set[UUID]:
    """Keep why tries did not succeed, plan the next ones, and return which deliveries failed now.

    A delivery that the ministry has answered otherwise meanwhile stays as it is.
    """
    if not retries:
        return set()
    rows = await tx.fetch(
        """
        UPDATE deliveries
           SET state = CASE WHEN tried.next_due_s IS NULL THEN 'failed' ELSE 'open' END,
               due_at = now() + make_interval(secs => tried.next_due_s),
               closed_at = CASE WHEN tried.next_due_s IS NULL THEN now() END,
               attempts = attempts + tried.counts::integer,
               last_failure = CASE WHEN tried.counts THEN tried.reason ELSE last_failure END,
               last_failed_at = CASE WHEN tried.counts THEN now() ELSE last_failed_at END,
               claimed_by = NULL,
               claimed_until = NULL
          FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::boolean[])
               AS tried (delivery_id, reason, next_due_s, counts)
         WHERE deliveries.delivery_id = tried.delivery_id AND deliveries.state = 'open'
        RETURNING deliveries.delivery_id, deliveries.state
        """,
        [retry.delivery_id for retry in retries],
        [retry.reason for retry in retries],
        [retry.next_due_s for retry in retries],
        [retry.counts for retry in retries],
    )
    return {row["delivery_id"] for row in rows if row["state"] == "failed"}


async def read_delayed(tx: Transaction, *, patience_s: float, limit: int) -> list[Delivery]:
    """Read open deliveries that have waited too long and nobody was told of, oldest first.

    Args:
        tx: the transaction.
        patience_s: how long a delivery may wait before its citizen is told, in seconds.
        limit: most deliveries at once.
    """
    rows = await tx.fetch(
        """
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, attempts, open_since AS created_at
          FROM deliveries
         WHERE state = 'open'
           AND told_delay_at IS NULL
           AND planned_at < now() - make_interval(secs => $1)
         ORDER BY planned_at
         LIMIT $2
        """,
        patience_s,
        limit,
    )
    return [delivery_of(row) for row in rows]


async def mark_delay_told(tx: Transaction, delivery_ids: Collection[UUID]) -> set[UUID]:
    """Note that the delay of these deliveries is told; return those of which it was not before.

    A delivery that the ministry has taken over meanwhile is left out.
    """
    rows = await tx.fetch(
        """
        UPDATE deliveries
           SET told_delay_at = now()
         WHERE delivery_id = ANY($1) AND told_delay_at IS NULL AND state <> 'handed_over'
        RETURNING delivery_id
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"] for row in rows}
