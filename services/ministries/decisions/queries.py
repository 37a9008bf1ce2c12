"""SQL of the callbacks that were recorded."""

from collections.abc import Sequence

from libs.database.transaction import Transaction
from services.ministries.decisions.rules import Callback


async def read_fingerprints(
    tx: Transaction, callbacks: Sequence[Callback]
) -> dict[tuple[str, str], bytes]:
    """Read the fingerprints stored under the keys of these callbacks, by key."""
    rows = await tx.fetch(
        """
        SELECT ministry, webhook_id, fingerprint
          FROM webhook_calls
         WHERE (ministry, webhook_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        [callback.ministry for callback in callbacks],
        [callback.webhook_id for callback in callbacks],
    )
    return {(row["ministry"], row["webhook_id"]): row["fingerprint"] for row in rows}


async def insert_callbacks(tx: Transaction, callbacks: Sequence[Callback]) -> None:
    """Insert keys and fingerprints of callbacks; known ones stay as they are."""
    await tx.execute(
        """
        INSERT INTO webhook_calls (ministry, webhook_id, fingerprint)
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::bytea[])
               AS calls (ministry, webhook_id, fingerprint)
         ORDER BY ministry, webhook_id
            ON CONFLICT DO NOTHING
        """,
        [callback.ministry for callback in callbacks],
        [callback.webhook_id for callback in callbacks],
        [callback.fingerprint for callback in callbacks],
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
