"""What ministries took in and decided."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sandbox.ledger.schema import Connection, array


class SubmissionRow(NamedTuple):
    """A hand-over that a ministry acted on, and what it answered."""

    ministry: str
    application_id: str
    tracking_number: str
    kind: str
    idempotency_key: str
    traceparent: str
    received_at: str
    answer: str


def first_submissions(
    connection: Connection, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], SubmissionRow]:
    """Find the first hand-over under each (ministry, idempotency key) that is in the ledger."""
    rows = connection.execute(
        """
        SELECT ministry, application_id, tracking_number, kind, idempotency_key, traceparent,
               received_at, answer
          FROM json_each(?) AS asked
          JOIN submissions
            ON idempotency_key = json_extract(asked.value, '$[1]')
           AND ministry = json_extract(asked.value, '$[0]')
         ORDER BY n DESC
        """,
        (array(list(keys)),),
    )
    found = (SubmissionRow(*row) for row in rows)
    return {(row.ministry, row.idempotency_key): row for row in found}


def insert_submissions(connection: Connection, rows: Sequence[SubmissionRow]) -> None:
    """Write hand-overs into the ledger, in order."""
    connection.executemany(
        """
        INSERT INTO submissions (ministry, application_id, tracking_number, kind, idempotency_key,
                                 traceparent, received_at, answer)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        rows,
    )
