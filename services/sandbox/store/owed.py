"""Callbacks that are owed to our side, until it takes them over or refuses them."""

from collections.abc import Sequence
from dataclasses import asdict

from services.sandbox.domain.callbacks import Kind, Owed
from services.sandbox.store.ledger import Connection


def insert_owed(connection: Connection, rows: Sequence[Owed]) -> None:
    """Write down callbacks to make; one that is written down already stays as it is."""
    connection.executemany(
        """
        INSERT INTO owed (owed_id, kind, party, subject, result, url, body, trace, due_at_s,
                          attempts)
        VALUES (:owed_id, :kind, :party, :subject, :result, :url, :body, :trace, :due_at_s,
                :attempts)
        ON CONFLICT DO NOTHING
        """,
        [asdict(row) for row in rows],
    )


def claim_owed(
    connection: Connection, kind: Kind, *, now_s: float, limit: int, lease_s: float
) -> list[Owed]:
    """Take due callbacks in hand; they are due again after the lease, in seconds."""
    rows = connection.execute(
        """
        UPDATE owed
           SET attempts = attempts + 1, due_at_s = :now_s + :lease_s
         WHERE owed_id IN (SELECT owed_id
                             FROM owed
                            WHERE kind = :kind AND refused_status IS NULL AND due_at_s <= :now_s
                            ORDER BY due_at_s
                            LIMIT :limit)
        RETURNING owed_id, kind, party, subject, result, url, body, trace, due_at_s, attempts
        """,
        {"kind": kind, "now_s": now_s, "lease_s": lease_s, "limit": limit},
    )
    return [Owed(*row) for row in rows.fetchall()]


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
    connection.executemany("DELETE FROM owed WHERE owed_id = ?", [(key,) for key in owed_ids])


def refuse_owed(connection: Connection, refusals: Sequence[tuple[str, int]]) -> None:
    """Keep callbacks that our side refused, each with the HTTP status, and make them no more."""
    connection.executemany("UPDATE owed SET refused_status = ?2 WHERE owed_id = ?1", refusals)


def postpone_owed(connection: Connection, dues: Sequence[tuple[str, float]]) -> None:
    """Try callbacks again at the given seconds since 1970."""
    connection.executemany("UPDATE owed SET due_at_s = ?2 WHERE owed_id = ?1", dues)


def end_decisions_of(connection: Connection, application_ids: Sequence[str]) -> None:
    """Drop decisions that have not left yet, of applications that were withdrawn."""
    connection.executemany(
        "DELETE FROM owed WHERE subject = ? AND kind = 'decision' AND attempts = 0",
        [(application_id,) for application_id in application_ids],
    )
