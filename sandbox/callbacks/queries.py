"""SQL of callbacks, from their creation until the platform accepts or refuses them."""

from collections.abc import Sequence
from typing import NamedTuple

from sandbox.callbacks.rules import Callback, Kind
from sandbox.ledger.schema import Connection


class DecisionRow(NamedTuple):
    """A decision that a ministry made."""

    ministry: str
    application_id: str
    action: str
    decided_at: str


def insert_callbacks(connection: Connection, rows: Sequence[Callback]) -> None:
    """Insert callbacks; known ones stay as they are."""
    connection.executemany(
        """
        INSERT INTO callbacks (callback_id, kind, destination, subject, result, url, body, trace,
                               due_at_s, attempts)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
        """,
        rows,
    )


def claim_callbacks(
    connection: Connection, kind: Kind, *, now_s: float, until_s: float, limit: int
) -> list[Callback]:
    """Claim the longest due callbacks until a time, and count an attempt."""
    rows = connection.execute(
        """
        UPDATE callbacks
           SET attempts = attempts + 1, due_at_s = ?
         WHERE callback_id IN (SELECT callback_id
                                 FROM callbacks
                                WHERE kind = ? AND refused_status IS NULL AND due_at_s <= ?
                                ORDER BY due_at_s
                                LIMIT ?)
        RETURNING callback_id, kind, destination, subject, result, url, body, trace, due_at_s,
                  attempts
        """,
        (until_s, kind, now_s, limit),
    )
    return [Callback(*row) for row in rows.fetchall()]


def release_callbacks(connection: Connection, kind: Kind, now_s: float) -> None:
    """Make callbacks that a killed process had claimed or postponed due now."""
    connection.execute(
        "UPDATE callbacks SET due_at_s = ?2 WHERE kind = ?1 AND attempts > 0 AND due_at_s > ?2",
        (kind, now_s),
    )


def next_due_s(connection: Connection, kind: Kind) -> float | None:
    """Read when the next callback of a kind is due, in seconds since 1970; None for never."""
    row = connection.execute(
        "SELECT min(due_at_s) FROM callbacks WHERE kind = ? AND refused_status IS NULL", (kind,)
    ).fetchone()
    return None if row[0] is None else float(row[0])


def delete_callback(connection: Connection, callback_id: str) -> None:
    """Delete an accepted callback."""
    connection.execute("DELETE FROM callbacks WHERE callback_id = ?", (callback_id,))


def refuse_callback(connection: Connection, callback_id: str, status: int) -> None:
    """Mark a callback as refused with an HTTP status; it is not sent again."""
    connection.execute(
        "UPDATE callbacks SET refused_status = ? WHERE callback_id = ?", (status, callback_id)
    )


def postpone_callback(connection: Connection, callback_id: str, due_at_s: float) -> None:
    """Make a callback due at a time, in seconds since 1970."""
    connection.execute(
        "UPDATE callbacks SET due_at_s = ? WHERE callback_id = ?", (due_at_s, callback_id)
    )


def delete_decisions_of(connection: Connection, application_id: str) -> None:
    """Delete unsent decisions of a withdrawn application."""
    connection.execute(
        "DELETE FROM callbacks WHERE subject = ? AND kind = 'decision' AND attempts = 0",
        (application_id,),
    )


def insert_decision(connection: Connection, row: DecisionRow) -> None:
    """Add a decision to the ledger."""
    connection.execute(
        """
        INSERT INTO decisions (ministry, application_id, action, decided_at)
        VALUES (?, ?, ?, ?)
        """,
        row,
    )


def mark_reported(connection: Connection, reference: str, at: str) -> None:
    """Note when the first delivery report of a message was accepted."""
    connection.execute(
        "UPDATE messages SET reported_at = ? WHERE reference = ? AND reported_at IS NULL",
        (at, reference),
    )
