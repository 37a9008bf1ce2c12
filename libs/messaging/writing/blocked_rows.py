"""SQL of the outbox rows that are set aside, because their topic or partition cannot be written.

The relay reads the outbox from its beginning. So that it does not read the rows of a closed topic
again in every round, they go to a table of their own, in order, one queue for each destination.
"""

from collections.abc import Collection, Mapping, Sequence

from libs.database.transaction import Transaction
from libs.encryption import PREFIX_BYTES, sealed_with
from libs.messaging.writing.destination import WHOLE_TOPIC, Destination
from libs.messaging.writing.outbox import OutboxRow


async def set_aside(tx: Transaction, rows: Mapping[int, Destination]) -> None:
    """Move rows of the outbox, given by id, behind the rows that wait for their destinations."""
    await tx.execute(
        """
        WITH gone AS (
            DELETE FROM outbox WHERE outbox_id = ANY($1)
         RETURNING outbox_id, topic, record_key, record_value, headers)
        INSERT INTO outbox_blocked (topic, topic_partition, outbox_id, record_key, record_value,
                                    headers)
        SELECT topic, given.topic_partition, outbox_id, record_key, record_value, headers
          FROM gone
          JOIN unnest($1::bigint[], $2::bigint[]) AS given (outbox_id, topic_partition)
         USING (outbox_id)
        """,
        list(rows),
        [destination.partition for destination in rows.values()],
    )


async def set_aside_topics(
    tx: Transaction, topics: Sequence[str], *, first_id: int, last_id: int
) -> int:
    """Move all rows of closed topics in a range of the outbox; return how many."""
    return await tx.execute(
        """
        WITH gone AS (
            DELETE FROM outbox
             WHERE outbox_id BETWEEN $2 AND $3 AND topic = ANY($1)
         RETURNING outbox_id, topic, record_key, record_value, headers)
        INSERT INTO outbox_blocked (topic, topic_partition, outbox_id, record_key, record_value,
                                    headers)
        SELECT topic, -1, outbox_id, record_key, record_value, headers FROM gone
        """,
        topics,
        first_id,
        last_id,
    )


async def destinations(tx: Transaction) -> dict[Destination, float]:
    """Return the destinations with rows that wait, and for how many seconds the oldest does."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (topic, topic_partition)
               topic, topic_partition,
               extract(epoch FROM now() - blocked_at)::float8 AS age_s
          FROM outbox_blocked
         ORDER BY topic, topic_partition, outbox_id
        """
    )
    return {Destination(row["topic"], row["topic_partition"]): row["age_s"] for row in rows}


async def next_rows(
    tx: Transaction, destination: Destination, *, limit: int, skipped_keys: Collection[int] = ()
) -> list[OutboxRow]:
    """Read the oldest rows that wait for a destination; not those under skipped data keys."""
    rows = await tx.fetch(
        """
        SELECT outbox_id, topic, record_key, record_value, headers
          FROM outbox_blocked
         WHERE topic = $1 AND topic_partition = $2
           AND (cardinality($4::bytea[]) = 0
                OR record_value IS NULL OR substring(record_value FROM 1 FOR $5) <> ALL($4))
         ORDER BY outbox_id
         LIMIT $3
        """,
        destination.topic,
        destination.partition,
        limit,
        [sealed_with(data_key_id) for data_key_id in skipped_keys],
        PREFIX_BYTES,
    )
    return [OutboxRow(*row) for row in rows]


async def is_behind(tx: Transaction, topic: str, outbox_id: int) -> bool:
    """Whether the outbox has an older row of the topic, which was put back by a replay."""
    older = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM outbox WHERE outbox_id < $2 AND topic = $1)", topic, outbox_id
    )
    return bool(older)


async def is_empty(tx: Transaction, destination: Destination) -> bool:
    """Whether no row waits for a destination."""
    waiting = await tx.fetchval(
        """
        SELECT EXISTS (SELECT FROM outbox_blocked WHERE topic = $1 AND topic_partition = $2)
        """,
        destination.topic,
        destination.partition,
    )
    return not waiting


async def move_to_partitions(tx: Transaction, topic: str, rows: Mapping[int, int]) -> None:
    """Move rows, given by id, from the queue of their topic to those of its partitions."""
    await tx.execute(
        """
        UPDATE outbox_blocked
           SET topic_partition = given.topic_partition
          FROM unnest($2::bigint[], $3::bigint[]) AS given (outbox_id, topic_partition)
         WHERE outbox_blocked.topic = $1 AND outbox_blocked.topic_partition = -1
           AND outbox_blocked.outbox_id = given.outbox_id
        """,
        topic,
        list(rows),
        list(rows.values()),
    )


async def delete(tx: Transaction, destination: Destination, outbox_ids: Sequence[int]) -> None:
    """Delete rows that Kafka has, or that have become dead letters, from their queue.

    Rows of a partition may be in the queue of the whole topic.
    """
    await tx.execute(
        """
        DELETE FROM outbox_blocked
         WHERE topic = $1 AND topic_partition = ANY($2) AND outbox_id = ANY($3)
        """,
        destination.topic,
        [destination.partition, WHOLE_TOPIC],
        outbox_ids,
    )


async def partition_counts(tx: Transaction) -> dict[str, int]:
    """Return the number of partitions over which the keys of each topic are spread."""
    rows = await tx.fetch("SELECT topic, partitions FROM outbox_partitions")
    return {row["topic"]: row["partitions"] for row in rows}


async def save_partition_counts(tx: Transaction, counts: Mapping[str, int]) -> None:
    """Store the number of partitions over which the keys of these topics are spread from now on."""
    await tx.execute(
        """
        INSERT INTO outbox_partitions (topic, partitions)
        SELECT * FROM unnest($1::text[], $2::bigint[])
            ON CONFLICT (topic) DO UPDATE SET partitions = excluded.partitions
        """,
        list(counts),
        list(counts.values()),
    )
