"""Marks of handled events, so that no event is handled twice."""

from collections.abc import Sequence
from uuid import UUID

from libs.database.transaction import Transaction


async def take_new(tx: Transaction, event_keys: Sequence[UUID]) -> set[UUID]:
    """Mark events as handled in this transaction; return those that were not marked before.

    If another transaction is handling the same event, this waits for its end.
    """
    rows = await tx.fetch(
        """
        INSERT INTO inbox (event_key)
        SELECT DISTINCT event_key FROM unnest($1::uuid[]) AS event_key ORDER BY event_key
        ON CONFLICT DO NOTHING
        RETURNING event_key
        """,
        event_keys,
    )
    return {row["event_key"] for row in rows}


async def known(tx: Transaction, event_keys: Sequence[UUID]) -> set[UUID]:
    """Return the events, out of these, that are marked as handled; mark none."""
    rows = await tx.fetch("SELECT event_key FROM inbox WHERE event_key = ANY($1)", event_keys)
    return {row["event_key"] for row in rows}


async def clear(tx: Transaction, event_key: UUID) -> None:
    """Delete the mark of an event that was refused, so that it can be handled again."""
    await tx.execute("DELETE FROM inbox WHERE event_key = $1", event_key)


async def forget(tx: Transaction, *, older_than_s: float, limit: int) -> int:
    """Delete up to `limit` marks older than `older_than_s`; return how many were deleted."""
    return await tx.execute(
        """
        DELETE FROM inbox
         WHERE event_key = ANY (ARRAY(
               SELECT event_key FROM inbox
                WHERE handled_at < now() - make_interval(secs => $1)
                LIMIT $2
                  FOR UPDATE SKIP LOCKED))
        """,
        older_than_s,
        limit,
    )
