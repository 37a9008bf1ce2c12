"""SQL of the submissions at ministries."""

from collections.abc import Sequence
from typing import NamedTuple

from sandbox.ledger.schema import Connection


class SubmissionRow(NamedTuple):
    """A hand-over that a ministry acted on, and its response."""

    ministry: str
    application_id: str
    tracking_number: str
    kind: str
    idempotency_key: str
    traceparent: str
    received_at: str
    answer: str


class PaperRow(NamedTuple):
    """A paper of a hand-over, fetched and compared."""

    ministry: str
    application_id: str
    document_id: str
    state: str
    is_right: bool
    received_at: str


def first_submission(
    connection: Connection, ministry: str, idempotency_key: str
) -> SubmissionRow | None:
    """Find the first hand-over to a ministry under a key."""
    row = connection.execute(
        """
        SELECT ministry, application_id, tracking_number, kind, idempotency_key, traceparent,
               received_at, answer
          FROM submissions
         WHERE idempotency_key = ? AND ministry = ?
         ORDER BY n
         LIMIT 1
        """,
        (idempotency_key, ministry),
    ).fetchone()
    return SubmissionRow(*row) if row else None


def insert_submission(connection: Connection, row: SubmissionRow) -> None:
    """Add a hand-over to the ledger."""
    connection.execute(
        """
        INSERT INTO submissions (ministry, application_id, tracking_number, kind, idempotency_key,
                                 traceparent, received_at, answer)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        row,
    )


def insert_papers(connection: Connection, rows: Sequence[PaperRow]) -> None:
    """Add fetched papers to the ledger."""
    connection.executemany(
        """
        INSERT INTO papers (ministry, application_id, document_id, state, is_right, received_at)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        rows,
    )
