"""Callbacks that are callbacks to our side, until it takes them over or refuses them."""

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from sandbox.callbacks.rules import Callback, Kind
from sandbox.ledger.schema import Connection, array

_COLUMNS = attrgetter(
    "callback_id",
    "kind",
    "destination",
    "subject",
    "result",
    "url",
    "body",
    "trace",
    "due_at_s",
    "attempts",
)


class DecisionRow(NamedTuple):
    """A decision that a ministry made."""

    ministry: str
    application_id: str
    action: str
    decided_at: str


def insert_callbacks(connection: Connection, rows: Sequence[Callback]) -> None:
    """Write down callbacks to make; one that is written down already stays as it is."""
    connection.executemany(
        """
        INSERT INTO callbacks (callback_id, kind, destination, subject, result, url, body, trace,
                               due_at_s, attempts)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
        """,
        map(_COLUMNS, rows),
    )


def due_callbacks(
    connection: Connection, kind: Kind, *, now_s: float, limit: int
) -> list[Callback]:
    """Read callbacks that are due, the longest due first."""
    rows = connection.execute(
        """
        SELECT callback_id, kind, destination, subject, result, url, body, trace, due_at_s, attempts
          FROM callbacks
         WHERE kind = ? AND refused_status IS NULL AND due_at_s <= ?
         ORDER BY due_at_s
         LIMIT ?
        """,
        (kind, now_s, limit),
    )
    return [Callback(*row) for row in rows]


def hold_callbacks(connection: Connection, callback_ids: Sequence[str], until_s: float) -> None:
    """Count one more try of each, and let none be due before a time, in seconds since 1970."""
    connection.execute(
        """
        UPDATE callbacks
           SET attempts = attempts + 1, due_at_s = ?
         WHERE callback_id IN (SELECT value FROM json_each(?))
        """,
        (until_s, array(callback_ids)),
    )


def release_callbacks(connection: Connection, kind: Kind, now_s: float) -> None:
    """Make what a killed process had in hand, or was pausing over, due now."""
    connection.execute(
        "UPDATE callbacks SET due_at_s = ?2 WHERE kind = ?1 AND attempts > 0 AND due_at_s > ?2",
        (kind, now_s),
    )


def next_due_s(connection: Connection, kind: Kind) -> float | None:
    """When the next callback of a kind is due, in seconds since 1970; None for never."""
    row = connection.execute(
        "SELECT min(due_at_s) FROM callbacks WHERE kind = ? AND refused_status IS NULL", (kind,)
    ).fetchone()
    return None if row[0] is None else float(row[0])


def delete_callbacks(connection: Connection, callback_ids: Sequence[str]) -> None:
    """Forget callbacks that were taken over."""
    connection.executemany(
        "DELETE FROM callbacks WHERE callback_id = ?",
        [(callback_id,) for callback_id in callback_ids],
    )


def refuse_callbacks(connection: Connection, refusals: Sequence[tuple[str, int]]) -> None:
    """Keep callbacks that our side refused, each with the HTTP status, and make them no more."""
    connection.executemany(
        "UPDATE callbacks SET refused_status = ?2 WHERE callback_id = ?1", refusals
    )


def postpone_callbacks(connection: Connection, dues: Sequence[tuple[str, float]]) -> None:
    """Try callbacks again at the given seconds since 1970."""
    connection.executemany("UPDATE callbacks SET due_at_s = ?2 WHERE callback_id = ?1", dues)


def end_decisions_of(connection: Connection, application_ids: Sequence[str]) -> None:
    """Drop decisions that have not left yet, of applications that were withdrawn."""
    connection.execute(
        """
        DELETE FROM callbacks
         WHERE subject IN (SELECT value FROM json_each(?)) AND kind = 'decision' AND attempts = 0
        """,
        (array(application_ids),),
    )


def insert_decisions(connection: Connection, rows: Sequence[DecisionRow]) -> None:
    """Write decisions into the ledger, in order."""
    connection.executemany(
        """
        INSERT INTO decisions (ministry, application_id, action, decided_at)
        VALUES (?, ?, ?, ?)
        """,
        rows,
    )


def mark_reported(connection: Connection, references: Sequence[tuple[str, str]]) -> None:
    """Note when the first delivery report of each (reference, time) was taken over."""
    connection.executemany(
        "UPDATE messages SET reported_at = ?2 WHERE reference = ?1 AND reported_at IS NULL",
        references,
    )
