"""Marks of handled events, so that no event is handled twice; and how far each group has read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from aiokafka import TopicPartition

from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable


async def take_new(tx: Transaction, event_keys: Sequence[UUID]) -> set[UUID]:
    """Mark events as handled in this transaction; return those that were not marked before.

    If another transaction is handling the same event, this waits for its end.
    """
    return (await take_read(tx, event_keys, "", {})).new


class Taken(NamedTuple):
    """The result of taking records: the new events, and the offsets that were stored before.

    Args:
        new: the events that were not marked before.
        before: the next offsets that were stored before, by partition; none where nothing was.
    """

    new: set[UUID]
    before: dict[TopicPartition, int]


async def take_read(
    tx: Transaction,
    event_keys: Sequence[UUID],
    group: str,
    next_offsets: Mapping[TopicPartition, int],
) -> Taken:
    """Mark events as handled, and store how far a group has read, in one statement.

    If another transaction is handling the same event, or partition, this waits for its end. An
    offset is never stored over a later one: a member that lost its partition may be late.
    """
    places = sorted(next_offsets)
    rows = await tx.fetch(
        """
        WITH read AS (
            INSERT INTO group_offsets AS stored
                   (consumer_group, topic, topic_partition, next_offset)
            SELECT $2, topic, topic_partition, next_offset
              FROM unnest($3::text[], $4::bigint[], $5::bigint[])
                AS read (topic, topic_partition, next_offset)
                ON CONFLICT (consumer_group, topic, topic_partition) DO UPDATE
               SET next_offset = greatest(stored.next_offset, excluded.next_offset)
            RETURNING topic, topic_partition, old.next_offset AS before
        ), taken AS (
            INSERT INTO inbox (event_key)
            SELECT DISTINCT event_key FROM unnest($1::uuid[]) AS event_key ORDER BY event_key
            ON CONFLICT DO NOTHING
            RETURNING event_key
        )
        SELECT event_key, NULL AS topic, NULL AS topic_partition, NULL AS before FROM taken
         UNION ALL
        SELECT NULL, topic, topic_partition, before FROM read WHERE before IS NOT NULL
        """,
        event_keys,
        group,
        [place.topic for place in places],
        [place.partition for place in places],
        [next_offsets[place] for place in places],
    )
    taken = Taken(set(), {})
    for event_key, topic, partition, before in rows:
        if event_key is not None:
            taken.new.add(event_key)
        else:
            taken.before[TopicPartition(topic, partition)] = before
    return taken


async def read_handled(tx: Transaction, event_keys: Sequence[UUID]) -> set[UUID]:
    """Return the events, out of these, that are marked as handled; mark none."""
    rows = await tx.fetch("SELECT event_key FROM inbox WHERE event_key = ANY($1)", event_keys)
    return {row["event_key"] for row in rows}


async def unknown(tx: Transaction, refusal: Refused) -> Refused | Unavailable:
    """Return the answer to an outside party that names a record which the database does not have.

    For a day after a rewind it may still be read again: the party is to come back. Otherwise it is
    refused, and some never send it again.
    """
    reads_again = await tx.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM recovery_journal
                        WHERE action = 'rewind' AND at > now() - interval '1 day')
        """
    )
    if reads_again:
        return Unavailable("database", "restored, and not read again yet", retry_after_s=60)
    return refusal


async def rewound_at(tx: Transaction) -> datetime | None:
    """Return when an operator let the service read again last; None if nobody ever has."""
    at: datetime | None = await tx.fetchval(
        "SELECT max(at) FROM recovery_journal WHERE action = 'rewind'"
    )
    return at


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


async def read_offsets(tx: Transaction, group: str) -> dict[TopicPartition, int]:
    """Read the next offsets of a group, by partition, as its transactions stored them."""
    rows = await tx.fetch(
        "SELECT topic, topic_partition, next_offset FROM group_offsets WHERE consumer_group = $1",
        group,
    )
    return {
        TopicPartition(row["topic"], row["topic_partition"]): row["next_offset"] for row in rows
    }
