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
    """Find the first hand-over to a ministry under a key, unless the ministry has lost it."""
    row = connection.execute(
        """
        SELECT ministry, application_id, tracking_number, kind, idempotency_key, traceparent,
               received_at, answer
          FROM submissions
         WHERE idempotency_key = ? AND ministry = ? AND n NOT IN (SELECT n FROM lost)
         ORDER BY n
         LIMIT 1
        """,
        (idempotency_key, ministry),
    ).fetchone()
    return SubmissionRow(*row) if row else None


def number_of(connection: Connection, ministry: str, application_id: str, kind: str) -> str | None:
    """Find the case file number that a correction or a withdrawal keeps; None without a case."""
    if kind == "submitted":
        return None
    row = connection.execute(
        """
        SELECT answer ->> 'case_file_number'
          FROM submissions
         WHERE application_id = ? AND ministry = ? AND n NOT IN (SELECT n FROM lost)
         ORDER BY n
         LIMIT 1
        """,
        (application_id, ministry),
    ).fetchone()
    return row[0] if row else None


def insert_submission(connection: Connection, row: SubmissionRow) -> int:
    """Add a hand-over to the ledger; return its number."""
    cursor = connection.execute(
        """
        INSERT INTO submissions (ministry, application_id, tracking_number, kind, idempotency_key,
                                 traceparent, received_at, answer)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        row,
    )
    return cursor.lastrowid or 0


class CursorRow(NamedTuple):
    """The cursor of a hand-over, from which the ministry can resume; `n` is that of the ledger."""

    n: int
    ministry: str
    cursor: str
    callback_url: str
    is_asked: bool


def insert_cursor(connection: Connection, row: CursorRow) -> None:
    """Keep the cursor of a hand-over."""
    connection.execute(
        """
        INSERT INTO cursors (n, ministry, cursor, callback_url, is_asked) VALUES (?, ?, ?, ?, ?)
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


class AnswerRow(NamedTuple):
    """A decision that is given when the ministry is asked, or in a file, from a time on.

    Without batch and row it is given when the ministry is asked.
    """

    ministry: str
    application_id: str
    tracking_number: str
    batch_no: int | None
    row_no: int | None
    action: str
    case_file_number: str
    note_bn: str
    note_en: str
    due_at_s: float
    n: int = 0


def insert_answer(connection: Connection, row: AnswerRow) -> None:
    """Add a decision that is given later."""
    connection.execute(
        """
        INSERT INTO answers (ministry, application_id, tracking_number, batch_no, row_no, action,
                             case_file_number, note_bn, note_en, due_at_s)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        row[:-1],
    )


def delete_answers_of(
    connection: Connection, ministry: str, application_id: str, *, also_given: bool
) -> None:
    """Delete the decisions on earlier submissions of an application: all, or those not given."""
    connection.execute(
        "DELETE FROM answers WHERE ministry = ? AND application_id = ? AND is_given <= ?",
        (ministry, application_id, also_given),
    )


def answers_due_in_files(connection: Connection, ministry: str, now_s: float) -> list[AnswerRow]:
    """Read the decisions for a ministry's next file, in order."""
    rows = connection.execute(
        """
        SELECT ministry, application_id, tracking_number, batch_no, row_no, action,
               case_file_number, note_bn, note_en, due_at_s, n
          FROM answers
         WHERE NOT is_given AND ministry = ? AND due_at_s <= ? AND batch_no IS NOT NULL
         ORDER BY n
         LIMIT 500
        """,
        (ministry, now_s),
    )
    return [AnswerRow(*row) for row in rows.fetchall()]


def answers_of(
    connection: Connection, ministry: str, tracking_numbers: Sequence[str]
) -> dict[str, AnswerRow | None]:
    """Read the decisions on applications that a ministry has; None where there is none yet."""
    found: dict[str, AnswerRow | None] = {}
    for number in tracking_numbers:
        submission = connection.execute(
            "SELECT application_id FROM submissions WHERE ministry = ? AND tracking_number = ?",
            (ministry, number),
        ).fetchone()
        if submission is None:
            continue
        row = connection.execute(
            """
            SELECT ministry, application_id, tracking_number, batch_no, row_no, action,
                   case_file_number, note_bn, note_en, due_at_s, n
              FROM answers
             WHERE application_id = ? AND ministry = ?
             ORDER BY n DESC
             LIMIT 1
            """,
            (submission[0], ministry),
        ).fetchone()
        found[number] = AnswerRow(*row) if row else None
    return found


def mark_given(connection: Connection, numbers: Sequence[int]) -> set[int]:
    """Note that decisions were given; return those that were not before."""
    rows = [
        connection.execute(
            "UPDATE answers SET is_given = 1 WHERE n = ? AND NOT is_given RETURNING n", (n,)
        ).fetchone()
        for n in numbers
    ]
    return {row[0] for row in rows if row}


def appealed_of(connection: Connection, ministry: str, tracking_numbers: Sequence[str]) -> set[str]:
    """Read to which refusals of a ministry their citizens have objected, by tracking number."""
    rows = connection.execute(
        "SELECT tracking_number FROM submissions WHERE ministry = ? AND kind = 'appealed'",
        (ministry,),
    )
    return {number for (number,) in rows.fetchall()} & set(tracking_numbers)
