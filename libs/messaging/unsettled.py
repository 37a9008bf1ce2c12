"""Dead letters that wait for someone: what operators see of them, and what a replay works on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.database.transaction import Transaction
from libs.messaging.deadletter import DeadLetter
from libs.messaging.failedrow import OUR_FAULT


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters: all that wait, or those that meet every condition given.

    Args:
        ids: only these.
        reason: only those with this reason, or with one that begins with it and a point.
        party: only due rows for this party.
        since: only those that failed last at this moment or later.
        until: only those that failed last before this moment.
    """

    ids: Collection[int] | None = None
    reason: str | None = None
    party: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERY = Wanted()


@dataclass(frozen=True, slots=True)
class Listed:
    """A dead letter without its content: what may stand on a screen and in a ticket.

    A record has a topic with partition and offset; a due row has a worker, a party and its key.
    """

    dead_letter_id: int
    topic: str | None
    topic_partition: int | None
    topic_offset: int | None
    worker: str | None
    party: str | None
    row_key: str | None
    reason: str
    detail: str
    attempts: int
    holds_back: bool
    waiting_behind: int
    trace_context: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    age_s: float
    settled_how: str | None

    def owner(self, service: str) -> str:
        """Who is to look after it: the party it is for, or the operators of the service.

        A record is for whoever reads it, and so is a row on which our own code failed.
        """
        ours = self.party is None or self.reason.split(".")[0] in OUR_FAULT
        return service if ours or self.party is None else self.party


async def listed(
    tx: Transaction,
    wanted: Wanted = EVERY,
    *,
    after: int = 0,
    limit: int,
    also_settled: bool = False,
) -> list[Listed]:
    """Dead letters that wait, the oldest first, without their content.

    Args:
        tx: reads only.
        wanted: which.
        after: the last id of the page before.
        limit: most rows.
        also_settled: whether those that wait no more are listed too.
    """
    rows = await tx.fetch(
        """
        SELECT letter.dead_letter_id, letter.topic, letter.topic_partition, letter.topic_offset,
               letter.worker, letter.party, letter.row_key,
               letter.reason, letter.detail, letter.attempts, letter.holds_back,
               (SELECT count(*)
                  FROM dead_letters AS later
                 WHERE later.settled_at IS NULL AND later.reason = 'waiting'
                   AND later.topic = letter.topic AND later.record_key = letter.record_key
                   AND later.topic_offset > letter.topic_offset) AS waiting_behind,
               letter.trace_context, letter.first_seen_at, letter.last_seen_at,
               extract(epoch FROM now() - letter.first_seen_at)::float8 AS age_s,
               letter.settled_how
          FROM dead_letters AS letter
         WHERE (letter.settled_at IS NULL OR $8)
           AND ($1::bigint[] IS NULL OR letter.dead_letter_id = ANY($1))
           AND ($2::text IS NULL OR letter.reason = $2 OR starts_with(letter.reason, $2 || '.'))
           AND ($3::text IS NULL OR letter.party = $3)
           AND ($4::timestamptz IS NULL OR letter.last_seen_at >= $4)
           AND ($5::timestamptz IS NULL OR letter.last_seen_at < $5)
           AND letter.dead_letter_id > $6
         ORDER BY letter.dead_letter_id
         LIMIT $7
        """,
        _list(wanted.ids),
        wanted.reason,
        wanted.party,
        wanted.since,
        wanted.until,
        after,
        limit,
        also_settled,
    )
    return [Listed(*row.values()) for row in rows]


async def choose(tx: Transaction, wanted: Wanted, *, limit: int) -> list[int]:
    """Ids of dead letters that wait: records in the order of their topics, then due rows."""
    rows = await tx.fetch(
        """
        SELECT dead_letter_id
          FROM dead_letters
         WHERE settled_at IS NULL
           AND ($1::bigint[] IS NULL OR dead_letter_id = ANY($1))
           AND ($2::text IS NULL OR reason = $2 OR starts_with(reason, $2 || '.'))
           AND ($3::text IS NULL OR party = $3)
           AND ($4::timestamptz IS NULL OR last_seen_at >= $4)
           AND ($5::timestamptz IS NULL OR last_seen_at < $5)
         ORDER BY topic, topic_partition, topic_offset, dead_letter_id
         LIMIT $6
        """,
        _list(wanted.ids),
        wanted.reason,
        wanted.party,
        wanted.since,
        wanted.until,
        limit,
    )
    return [row["dead_letter_id"] for row in rows]


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


def _list(ids: Collection[int] | None) -> Sequence[int] | None:
    return None if ids is None else list(ids)
