"""SQL of the messages at the SMS operator."""

from typing import NamedTuple

from sandbox.ledger.schema import Connection


class MessageRow(NamedTuple):
    """A message that the SMS operator accepted, and its response."""

    reference: str
    phone: str
    text: str
    idempotency_key: str
    traceparent: str
    received_at: str
    answer: str


def first_message(connection: Connection, idempotency_key: str) -> MessageRow | None:
    """Find the first message under a key."""
    row = connection.execute(
        """
        SELECT reference, phone, text, idempotency_key, traceparent, received_at, answer
          FROM messages
         WHERE idempotency_key = ?
         ORDER BY n
         LIMIT 1
        """,
        (idempotency_key,),
    ).fetchone()
    return MessageRow(*row) if row else None


def insert_message(connection: Connection, row: MessageRow) -> None:
    """Add a message to the ledger."""
    connection.execute(
        """
        INSERT INTO messages (reference, phone, text, idempotency_key, traceparent, received_at,
                              answer)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        row,
    )
