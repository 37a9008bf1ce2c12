"""SQL of lost hand-overs, and of the cursor where a ministry resumes."""

from typing import NamedTuple

from sandbox.ledger.schema import Connection


class LostRow(NamedTuple):
    """A hand-over that a ministry has lost."""

    n: int
    application_id: str
    tracking_number: str
    kind: str


class Resumption(NamedTuple):
    """Where a ministry resumes: the last cursor that it has, and the platform's address.

    Args:
        cursor: None if it has nothing left.
        callback_url: of a hand-over.
        is_asked: whether it calls nobody.
    """

    cursor: str | None
    callback_url: str
    is_asked: bool


def lose_newest(connection: Connection, ministry: str, newest: int) -> int:
    """Lose the newest hand-overs of a ministry, with the decisions on them; return how many."""
    lost = connection.execute(
        """
        INSERT INTO lost (n)
        SELECT n
          FROM submissions
         WHERE ministry = ? AND n NOT IN (SELECT n FROM lost)
         ORDER BY n DESC
         LIMIT ?
        RETURNING n
        """,
        (ministry, newest),
    ).fetchall()
    for statement in (
        """
        DELETE FROM callbacks
         WHERE kind = 'decision' AND destination = ?
           AND subject IN (SELECT application_id FROM submissions JOIN lost USING (n))
        """,
        """
        DELETE FROM answers
         WHERE NOT is_given AND ministry = ?
           AND application_id IN (SELECT application_id FROM submissions JOIN lost USING (n))
        """,
    ):
        connection.execute(statement, (ministry,))
    return len(lost)


def find_resumption(connection: Connection, ministry: str) -> Resumption | None:
    """Find where a ministry resumes; None if no hand-over had a cursor."""
    row = connection.execute(
        """
        SELECT (SELECT cursor
                  FROM cursors
                 WHERE ministry = ?1 AND n NOT IN (SELECT n FROM lost)
                 ORDER BY n DESC
                 LIMIT 1),
               callback_url, is_asked
          FROM cursors
         WHERE ministry = ?1
         ORDER BY n DESC
         LIMIT 1
        """,
        (ministry,),
    ).fetchone()
    return None if row is None else Resumption(row[0], row[1], bool(row[2]))


def find_lost(connection: Connection, ministry: str, idempotency_key: str) -> LostRow | None:
    """Find a lost hand-over by its key."""
    row = connection.execute(
        """
        SELECT n, application_id, tracking_number, kind
          FROM submissions
          JOIN lost USING (n)
         WHERE ministry = ? AND idempotency_key = ?
        """,
        (ministry, idempotency_key),
    ).fetchone()
    return None if row is None else LostRow(*row)


def delete_lost(connection: Connection, n: int) -> None:
    """Note that a ministry has a hand-over again."""
    connection.execute("DELETE FROM lost WHERE n = ?", (n,))


def count_lost(connection: Connection, ministry: str) -> int:
    """Count lost hand-overs that have not come back, by pages or by a new hand-over."""
    count: int = connection.execute(
        """
        SELECT count(*)
          FROM submissions
          JOIN lost USING (n)
         WHERE ministry = ?
           AND idempotency_key NOT IN (SELECT idempotency_key
                                         FROM submissions
                                        WHERE n NOT IN (SELECT n FROM lost))
        """,
        (ministry,),
    ).fetchone()[0]
    return count
