"""Stores events as rows in the transaction of the change that they announce.

So an event is published if, and only if, its change is committed. `relay.py` publishes the rows to
Kafka.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import asyncpg

from libs.contracts.events import Event
from libs.contracts.topics import largest_record_bytes, purpose_in_database, topic_of
from libs.database.transaction import Transaction
from libs.encryption import PREFIX_BYTES, Forged, UnknownDataKey, sealed_with
from libs.messaging.envelope import Record, encode, pack_headers
from libs.sealed_records import HasCipher, open_record, seal_record

ROWS_ADDED = "outbox"
_QUICK_TO_VACUUM_BYTES = 64 * 1024 * 1024
_BATCH_BYTES = 128  # what Kafka's format adds to a record that is alone in its batch


class Unpublishable(Exception):
    """The broker would never accept this event, so its change is not made: a defect of ours.

    Args:
        topic: its topic.
        reason: `too_large` or `not_encodable`.
        detail: more, without personal data.
    """

    def __init__(self, topic: str, reason: str, detail: str) -> None:
        super().__init__(f"{topic}: {reason}: {detail}")
        self.topic = topic
        self.reason = reason
        self.detail = detail


class OutboxRow(NamedTuple):
    """One row of the outbox.

    Args:
        outbox_id: its id.
        topic: on the broker.
        key: of the record.
        value: of the record; encrypted until `opened`, and where it cannot be decrypted.
        headers: packed.
        is_unopened: whether the value cannot be decrypted, so that it cannot be published.
    """

    outbox_id: int
    topic: str
    key: bytes | None
    value: bytes | None
    headers: bytes
    is_unopened: bool = False


async def add(tx: Transaction, events: Sequence[Event]) -> None:
    """Add events that are published after the commit, in this order, each in its own trace.

    Lock the row of an application before adding its events; this keeps them in order.

    Raises:
        Unpublishable: an event is too large for its topic, or has text that is no Unicode.
    """
    await add_records(tx, [_encode(event) for event in events])


async def add_records(tx: Transaction, records: Sequence[Record]) -> None:
    """Add records; for copies of dead letters, which must not change.

    Raises:
        Unpublishable: a record is too large for its topic, or has a header that is no Unicode.
    """
    if not records:
        return
    headers = [_packed(record) for record in records]
    await tx.execute(
        """
        INSERT INTO outbox (topic, record_key, record_value, headers)
        SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[])
        """,
        [record.topic for record in records],
        [record.key for record in records],
        [_sealed(tx, *pair) for pair in zip(records, headers, strict=True)],
        headers,
    )
    tx.notify_on_commit(ROWS_ADDED)


def _encode(event: Event) -> Record:
    try:
        return encode(event, trace=event.trace)
    except ValueError as failure:  # its text may be personal, so the cause is not shown
        topic = topic_of(event).name
        raise Unpublishable(topic, "not_encodable", type(failure).__name__) from None


def fits(record: Record) -> bool:
    """Whether the brokers accept a record by its size."""
    return _excess_bytes(record, pack_headers(record.headers)) <= 0


def _packed(record: Record) -> bytes:
    try:
        headers = pack_headers(record.headers)
    except TypeError as failure:
        raise Unpublishable(record.topic, "not_encodable", type(failure).__name__) from None
    excess = _excess_bytes(record, headers)
    if excess > 0:
        raise Unpublishable(record.topic, "too_large", f"{excess} bytes over the limit")
    return headers


def _sealed(tx: Transaction, record: Record, headers: bytes) -> bytes | None:
    return seal_record(tx, record.topic, record.key, record.value, headers)


def _excess_bytes(record: Record, headers: bytes) -> int:
    """Bytes over the limit of the topic; packed headers are never shorter than Kafka's."""
    content = len(record.key or b"") + len(record.value or b"") + len(headers)
    return content + _BATCH_BYTES - largest_record_bytes(record.topic)


async def put_back(tx: Transaction, outbox_id: int, record: Record) -> None:
    """Add an event again under the id that it had, and so before all later ones of its key."""
    headers = _packed(record)
    await tx.execute(
        """
        INSERT INTO outbox (outbox_id, topic, record_key, record_value, headers)
        OVERRIDING SYSTEM VALUE
        VALUES ($1, $2, $3, $4, $5)
        """,
        outbox_id,
        record.topic,
        record.key,
        _sealed(tx, record, headers),
        headers,
    )
    tx.notify_on_commit(ROWS_ADDED)


async def delete(tx: Transaction, outbox_ids: Sequence[int]) -> None:
    """Delete rows that have become dead letters."""
    await tx.execute("DELETE FROM outbox WHERE outbox_id = ANY($1)", outbox_ids)


async def measure_waiting(tx: Transaction, *, limit: int) -> tuple[int, float]:
    """Count the events that are not published yet, up to a limit.

    Returns:
        Their number, and the seconds for which the oldest has waited.
    """
    ((count, age_s),) = await tx.fetch(
        """
        SELECT count(*), coalesce(extract(epoch FROM now() - min(added_at)), 0)::float8
          FROM (SELECT added_at FROM outbox ORDER BY outbox_id LIMIT $1) AS waiting
        """,
        limit,
    )
    return count, age_s


async def next_rows(
    connection: "asyncpg.Connection[asyncpg.Record]",
    done: Sequence[int],
    *,
    limit: int,
    skipped_keys: Collection[int] = (),
) -> list[OutboxRow]:
    """Delete published rows, and read the next ones, in one statement and one commit.

    Args:
        connection: of the relay.
        done: ids of published rows.
        limit: how many are read at most.
        skipped_keys: ids of data keys; values that are encrypted with them are not read.
    """
    rows = await connection.fetch(
        """
        WITH gone AS (DELETE FROM outbox WHERE outbox_id = ANY($1))
        SELECT outbox_id, topic, record_key, record_value, headers
          FROM outbox
         WHERE outbox_id NOT IN (SELECT unnest($1::bigint[]))
           AND (cardinality($3::bytea[]) = 0
                OR record_value IS NULL OR substring(record_value FROM 1 FOR $4) <> ALL($3))
         ORDER BY outbox_id
         LIMIT $2
        """,
        done,
        limit,
        [sealed_with(data_key_id) for data_key_id in skipped_keys],
        PREFIX_BYTES,
    )
    return [OutboxRow(*row) for row in rows]


class Opened(NamedTuple):
    """Rows after decryption.

    Args:
        rows: those to publish, and those that can never be decrypted.
        expired_ids: ids of rows of short-lived topics whose data key was thrown away.
        missing_keys: ids of the data keys of rows that are left out.
    """

    rows: list[OutboxRow]
    expired_ids: list[int]
    missing_keys: set[int]


def opened(of: HasCipher, rows: Sequence[OutboxRow]) -> Opened:
    """Decrypt rows.

    A row of a short-lived topic whose data key is not known is left out until its hour is over; the
    key may be in the memory of another replica, which stores it again. So is another row, with the
    later ones of its key, while its data key may have been made since the keys were last read.
    """
    found = Opened([], [], set())
    left_out: set[tuple[str, bytes | None]] = set()
    for row in rows:
        if (row.topic, row.key) in left_out:
            continue
        try:
            found.rows.append(_opened(of, row))
        except UnknownDataKey as failure:
            if purpose_in_database(row.topic) != "hour":
                left_out.add((row.topic, row.key))
            elif of.cipher.was_thrown_away(failure):
                found.expired_ids.append(row.outbox_id)
            else:
                found.missing_keys.add(failure.data_key_id)
    return found


def _opened(of: HasCipher, row: OutboxRow) -> OutboxRow:
    """Decrypt a row.

    Raises:
        UnknownDataKey: its data key may come.
    """
    try:
        return row._replace(value=open_record(of, row.topic, row.key, row.value, row.headers))
    except UnknownDataKey as failure:
        if failure.is_read_soon or purpose_in_database(row.topic) == "hour":
            raise
    except Forged:
        pass
    return row._replace(is_unopened=True)


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
