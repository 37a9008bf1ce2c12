"""Stores events as rows in the transaction of the change that they announce.

So an event is published if, and only if, its change is committed. `relay.py` publishes the rows to
Kafka.
"""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from libs.contracts.events import Event
from libs.contracts.topics import topic_of
from libs.database.transaction import Transaction
from libs.messaging.envelope import Record, encode, pack_headers

SIGNAL = "outbox"
LATER = "outbox, later"  # notified for events that no person waits for
_QUICK_TO_VACUUM_BYTES = 64 * 1024 * 1024


class OutboxRow(NamedTuple):
    """One row of the outbox."""

    outbox_id: int
    topic: str
    key: bytes | None
    value: bytes | None
    headers: bytes


async def add(tx: Transaction, events: Sequence[Event]) -> None:
    """Add events that are published after the commit, in this order, each in its own trace.

    Lock the row of an application before adding its events; this keeps them in order.
    """
    unhurried = all(topic_of(type(event)).gather_ms for event in events)
    records = [encode(event, trace=event.trace) for event in events]
    await add_records(tx, records, signal=LATER if unhurried else SIGNAL)


async def add_records(tx: Transaction, records: Sequence[Record], *, signal: str = SIGNAL) -> None:
    """Add records; for copies of dead letters, which must not change."""
    if not records:
        return
    await tx.execute(
        """
        INSERT INTO outbox (topic, record_key, record_value, headers)
        SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[])
        """,
        [record.topic for record in records],
        [record.key for record in records],
        [record.value for record in records],
        [pack_headers(record.headers) for record in records],
    )
    tx.notify_on_commit(signal)


async def count_waiting(tx: Transaction, *, limit: int) -> int:
    """Count the events that are not published yet, up to a limit."""
    count: int = await tx.fetchval(
        "SELECT count(*) FROM (SELECT FROM outbox ORDER BY outbox_id LIMIT $1) AS waiting", limit
    )
    return count


async def next_rows(
    connection: "asyncpg.Connection[asyncpg.Record]", done: Sequence[int], *, limit: int
) -> list[OutboxRow]:
    """Delete published rows, and read the next ones, in one statement and one commit."""
    rows = await connection.fetch(
        """
        WITH gone AS (DELETE FROM outbox WHERE outbox_id = ANY($1))
        SELECT outbox_id, topic, record_key, record_value, headers
          FROM outbox
         WHERE outbox_id NOT IN (SELECT unnest($1::bigint[]))
         ORDER BY outbox_id
         LIMIT $2
        """,
        done,
        limit,
    )
    return [OutboxRow(*row) for row in rows]


async def make_room(
    connection: "asyncpg.Connection[asyncpg.Record]",
    *,
    below_bytes: int = _QUICK_TO_VACUUM_BYTES,
) -> None:
    """Vacuum the outbox while that takes milliseconds, so that its pages are used again.

    Autovacuum runs once a minute. At the peak the table would have hundreds of megabytes by then,
    since every row goes to a new page. A table that grew in an outage of Kafka is left to
    autovacuum, so that publishing is not delayed.

    Args:
        connection: outside a transaction.
        below_bytes: larger tables are left alone.
    """
    if await connection.fetchval("SELECT pg_relation_size('outbox') < $1", below_bytes):
        await connection.execute("VACUUM (TRUNCATE false, SKIP_LOCKED) outbox")
