"""Dead letters that wait for someone: what operators see of them, and what a replay works on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from libs.database.transaction import Transaction
from libs.messaging.deadletter import DeadLetter, Origin
from libs.messaging.envelope import unpack_headers


@dataclass(frozen=True, slots=True)
class Listed:
    """A dead letter without its content: what may stand on a screen and in a ticket."""

    dead_letter_id: int
    topic: str
    topic_partition: int
    topic_offset: int
    reason: str
    detail: str
    attempts: int
    holds_back: bool
    waiting_behind: int
    trace_context: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    age_s: float


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter as it stands in the table."""

    dead_letter_id: int
    letter: DeadLetter
    trace_context: str | None
    first_seen_at: datetime
    last_seen_at: datetime


async def listed(tx: Transaction, *, reason: str | None, limit: int) -> list[Listed]:
    """Dead letters that wait, the oldest first, without their content.

    Args:
        tx: reads only.
        reason: only those with this reason, or with one that begins with it and a point.
        limit: most rows.
    """
    rows = await tx.fetch(
        """
        SELECT letter.dead_letter_id, letter.topic, letter.topic_partition, letter.topic_offset,
               letter.reason, letter.detail, letter.attempts, letter.holds_back,
               (SELECT count(*)
                  FROM dead_letters AS later
                 WHERE later.settled_at IS NULL AND later.reason = 'waiting'
                   AND later.topic = letter.topic AND later.record_key = letter.record_key
                   AND later.topic_offset > letter.topic_offset) AS waiting_behind,
               letter.trace_context, letter.first_seen_at, letter.last_seen_at,
               extract(epoch FROM now() - letter.first_seen_at)::float8 AS age_s
          FROM dead_letters AS letter
         WHERE letter.settled_at IS NULL
           AND ($1::text IS NULL OR letter.reason = $1 OR starts_with(letter.reason, $1 || '.'))
         ORDER BY letter.dead_letter_id
         LIMIT $2
        """,
        reason,
        limit,
    )
    return [Listed(*row.values()) for row in rows]


async def read_one(tx: Transaction, dead_letter_id: int) -> KeptLetter | None:
    """Read one dead letter with its content, settled or not."""
    row = await tx.fetchrow(
        """
        SELECT *
          FROM dead_letters
         WHERE dead_letter_id = $1
        """,
        dead_letter_id,
    )
    return _kept(row) if row else None


async def to_replay(
    tx: Transaction, *, ids: Collection[int] | None, reason: str | None, limit: int
) -> list[int]:
    """Ids of dead letters that wait, in the order in which they stood in their topics.

    Args:
        tx: reads only.
        ids: only these, or None for all.
        reason: only those with this reason, or with one that begins with it and a point.
        limit: most ids.
    """
    rows = await tx.fetch(
        """
        SELECT dead_letter_id
          FROM dead_letters
         WHERE settled_at IS NULL
           AND ($1::bigint[] IS NULL OR dead_letter_id = ANY($1))
           AND ($2::text IS NULL OR reason = $2 OR starts_with(reason, $2 || '.'))
         ORDER BY topic, topic_partition, topic_offset
         LIMIT $3
        """,
        list(ids) if ids is not None else None,
        reason,
        limit,
    )
    return [row["dead_letter_id"] for row in rows]


async def lock_one(tx: Transaction, dead_letter_id: int) -> KeptLetter | None:
    """Read one that still waits, and hold it until the transaction ends; None where it is gone."""
    row = await tx.fetchrow(
        """
        SELECT *
          FROM dead_letters
         WHERE dead_letter_id = $1 AND settled_at IS NULL
           FOR UPDATE
        """,
        dead_letter_id,
    )
    return _kept(row) if row else None


async def is_held(tx: Transaction, letter: DeadLetter) -> bool:
    """Whether an earlier record of the same key waits too, which this one must not overtake."""
    held = await tx.fetchval(
        """
        SELECT EXISTS (
               SELECT FROM dead_letters
                WHERE settled_at IS NULL AND holds_back
                  AND topic = $1 AND record_key = $2 AND topic_offset < $3)
        """,
        letter.origin.topic,
        letter.key,
        letter.origin.offset,
    )
    return bool(held)


async def behind(tx: Transaction, letter: DeadLetter) -> list[int]:
    """Ids of the letters that wait behind this one, in order."""
    rows = await tx.fetch(
        """
        SELECT dead_letter_id
          FROM dead_letters
         WHERE settled_at IS NULL AND topic = $1 AND record_key = $2 AND reason = 'waiting'
           AND topic_offset > $3
         ORDER BY topic_offset
        """,
        letter.origin.topic,
        letter.key,
        letter.origin.offset,
    )
    return [row["dead_letter_id"] for row in rows]


async def settle(tx: Transaction, ids: Sequence[int], *, how: str) -> None:
    """Close dead letters: they have been replayed, or someone decided otherwise."""
    await tx.execute(
        """
        UPDATE dead_letters
           SET settled_at = now(), settled_how = $2
         WHERE dead_letter_id = ANY($1) AND settled_at IS NULL
        """,
        ids,
        how,
    )


async def note_attempt(
    tx: Transaction, dead_letter_id: int, *, reason: str, detail: str, holds_back: bool
) -> None:
    """Write down that a replay failed, why, and whether later records of the key still wait."""
    await tx.execute(
        """
        UPDATE dead_letters
           SET attempts = attempts + 1, last_seen_at = now(), reason = $2, detail = $3,
               holds_back = $4
         WHERE dead_letter_id = $1 AND settled_at IS NULL
        """,
        dead_letter_id,
        reason,
        detail,
        holds_back,
    )


def _kept(row: Record) -> KeptLetter:
    return KeptLetter(
        dead_letter_id=row["dead_letter_id"],
        letter=DeadLetter(
            origin=Origin(row["topic"], row["topic_partition"], row["topic_offset"]),
            key=row["record_key"],
            value=row["record_value"],
            headers=unpack_headers(row["headers"]),
            reason=row["reason"],
            detail=row["detail"],
            attempts=row["attempts"],
            holds_back=row["holds_back"],
        ),
        trace_context=row["trace_context"],
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
    )
