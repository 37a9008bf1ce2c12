"""SQL of the calls of ministries' systems that have had their effect."""

from collections.abc import Sequence

from libs.database.transaction import Transaction
from services.ministries.decisions.rules import WebhookCall


async def read_calls(tx: Transaction, calls: Sequence[WebhookCall]) -> dict[tuple[str, str], bytes]:
    """Read the fingerprints stored under the ids of these calls, by ministry and webhook-id."""
    rows = await tx.fetch(
        """
        SELECT ministry, webhook_id, fingerprint
          FROM webhook_calls
         WHERE (ministry, webhook_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        [call.ministry for call in calls],
        [call.webhook_id for call in calls],
    )
    return {(row["ministry"], row["webhook_id"]): row["fingerprint"] for row in rows}


async def insert_calls(tx: Transaction, calls: Sequence[WebhookCall]) -> None:
    """Insert calls; known ones stay as they are."""
    await tx.execute(
        """
        INSERT INTO webhook_calls (ministry, webhook_id, fingerprint)
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


async def delete_old_calls(tx: Transaction, *, older_than_days: int, limit: int) -> int:
    """Delete up to `limit` calls that are older than this; return how many."""
    return await tx.execute(
        """
        DELETE FROM webhook_calls
         WHERE (ministry, webhook_id) IN (
                SELECT ministry, webhook_id
                  FROM webhook_calls
                 WHERE received_at < now() - make_interval(days => $1)
                 LIMIT $2)
        """,
        older_than_days,
        limit,
    )
