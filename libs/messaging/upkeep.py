"""What waits in the tables of the mechanism, and what of them may go."""

from dataclasses import dataclass

from libs.database.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, at most 10,000 of each counted."""

    outbox_rows: int
    dead_letters: int


async def measure(tx: Transaction) -> Waiting:
    """Count what waits to be published and what waits to be settled."""
    row = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT 10000) AS waiting) AS outbox_rows,
               (SELECT count(*)
                  FROM (SELECT FROM dead_letters WHERE settled_at IS NULL LIMIT 10000) AS waiting
               ) AS dead_letters
        """
    )
    return Waiting(row["outbox_rows"], row["dead_letters"]) if row else Waiting(0, 0)


async def forget_settled(tx: Transaction, *, older_than_s: float, limit: int) -> int:
    """Delete up to `limit` dead letters settled so long ago; return how many went."""
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
