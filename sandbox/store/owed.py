"""Callbacks that are owed to our side, until it takes them over or refuses them."""

from collections.abc import Sequence
from operator import attrgetter

from sandbox.domain.callbacks import Kind, Owed
from sandbox.store.ledger import Connection, array

_COLUMNS = attrgetter(
    "owed_id", "kind", "party", "subject", "result", "url", "body", "trace", "due_at_s", "attempts"
)


def insert_owed(connection: Connection, rows: Sequence[Owed]) -> None:
    """Write down callbacks to make; one that is written down already stays as it is."""
    connection.executemany(
        """
        INSERT INTO owed (owed_id, kind, party, subject, result, url, body, trace, due_at_s,
                          attempts)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
        """,
        map(_COLUMNS, rows),
    )


def due_owed(connection: Connection, kind: Kind, *, now_s: float, limit: int) -> list[Owed]:
    """Read callbacks that are due, the longest due first."""
    rows = connection.execute(
        """
        SELECT owed_id, kind, party, subject, result, url, body, trace, due_at_s, attempts
          FROM owed
         WHERE kind = ? AND refused_status IS NULL AND due_at_s <= ?
         ORDER BY due_at_s
         LIMIT ?
        """,
        (kind, now_s, limit),
    )
    return [Owed(*row) for row in rows]


def hold_owed(connection: Connection, owed_ids: Sequence[str], until_s: float) -> None:
    """Count one more try of each, and let none be due before a time, in seconds since 1970."""
    connection.execute(
        """
        UPDATE owed
           SET attempts = attempts + 1, due_at_s = ?
         WHERE owed_id IN (SELECT value FROM json_each(?))
        """,
        (until_s, array(owed_ids)),
    )


def release_owed(connection: Connection, kind: Kind, now_s: float) -> None:
    """Make what a killed process had in hand, or was pausing over, due now."""
    connection.execute(
        "UPDATE owed SET due_at_s = ?2 WHERE kind = ?1 AND attempts > 0 AND due_at_s > ?2",
        (kind, now_s),
    )


def next_due_s(connection: Connection, kind: Kind) -> float | None:
    """When the next callback of a kind is due, in seconds since 1970; None for never."""
    row = connection.execute(
        "SELECT min(due_at_s) FROM owed WHERE kind = ? AND refused_status IS NULL", (kind,)
    ).fetchone()
    return None if row[0] is None else float(row[0])


def delete_owed(connection: Connection, owed_ids: Sequence[str]) -> None:
    """Forget callbacks that were taken over."""
    connection.executemany(
        "DELETE FROM owed WHERE owed_id = ?", [(owed_id,) for owed_id in owed_ids]
    )


def refuse_owed(connection: Connection, refusals: Sequence[tuple[str, int]]) -> None:
    """Keep callbacks that our side refused, each with the HTTP status, and make them no more."""
    connection.executemany("UPDATE owed SET refused_status = ?2 WHERE owed_id = ?1", refusals)


def postpone_owed(connection: Connection, dues: Sequence[tuple[str, float]]) -> None:
    """Try callbacks again at the given seconds since 1970."""
    connection.executemany("UPDATE owed SET due_at_s = ?2 WHERE owed_id = ?1", dues)


def end_decisions_of(connection: Connection, application_ids: Sequence[str]) -> None:
    """Drop decisions that have not left yet, of applications that were withdrawn."""
    connection.execute(
        """
        DELETE FROM owed
         WHERE subject IN (SELECT value FROM json_each(?)) AND kind = 'decision' AND attempts = 0
        """,
        (array(application_ids),),
    )
