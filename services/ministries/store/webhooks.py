"""Calls of ministries' systems that have had their effect."""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.database.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a ministry's system: its webhook-id and what it says, as a fingerprint."""

    ministry: str
    webhook_id: str
    fingerprint: bytes


async def calls_heard(tx: Transaction, calls: Sequence[Call]) -> dict[tuple[str, str], bytes]:
    """Read what came under these webhook-ids before: fingerprints by ministry and webhook-id."""
    rows = await tx.fetch(
        """
        SELECT ministry, webhook_id, fingerprint
          FROM webhooks
         WHERE (ministry, webhook_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        [call.ministry for call in calls],
        [call.webhook_id for call in calls],
    )
    return {(row["ministry"], row["webhook_id"]): row["fingerprint"] for row in rows}


async def remember_calls(tx: Transaction, calls: Sequence[Call]) -> None:
    """Note that these calls have had their effect."""
    await tx.execute(
        """
        INSERT INTO webhooks (ministry, webhook_id, fingerprint)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::bytea[])
               AS calls (ministry, webhook_id, fingerprint)
         ORDER BY ministry, webhook_id
            ON CONFLICT DO NOTHING
        """,
        [call.ministry for call in calls],
        [call.webhook_id for call in calls],
        [call.fingerprint for call in calls],
    )


async def forget_calls(tx: Transaction, *, older_than_days: int, limit: int) -> int:
    """Forget calls that nobody repeats any more; return how many.

    Args:
        tx: the transaction.
        older_than_days: age in days from which a call is forgotten.
        limit: most calls at once.
    """
    return await tx.execute(
        """
        DELETE FROM webhooks
         WHERE (ministry, webhook_id) IN (
                SELECT ministry, webhook_id
                  FROM webhooks
                 WHERE heard_at < now() - make_interval(days => $1)
                 LIMIT $2)
        """,
        older_than_days,
        limit,
    )
