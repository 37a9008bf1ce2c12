"""What the SMS operator took in and reported."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sandbox.ledger.schema import Connection, array


class MessageRow(NamedTuple):
    """A message that the SMS operator took, and what it answered."""

    reference: str
    phone: str
    text: str
    idempotency_key: str
    traceparent: str
    received_at: str
    answer: str


def first_messages(connection: Connection, keys: Collection[str]) -> dict[str, MessageRow]:
    """Find the first message under each idempotency key that is in the ledger."""
    rows = connection.execute(
        """
        SELECT reference, phone, text, idempotency_key, traceparent, received_at, answer
          FROM messages
         WHERE idempotency_key IN (SELECT value FROM json_each(?))
         ORDER BY n DESC
        """,
        (array(list(keys)),),
    )
    return {row[3]: MessageRow(*row) for row in rows}


def insert_messages(connection: Connection, rows: Sequence[MessageRow]) -> None:
    """Write messages into the ledger, in order."""
    connection.executemany(
        """
        INSERT INTO messages (reference, phone, text, idempotency_key, traceparent, received_at,
                              answer)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        rows,
    )
