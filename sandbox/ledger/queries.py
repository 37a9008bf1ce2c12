"""SQL of the pages and totals of the ledger."""

from typing import Any

import orjson

from sandbox.ledger.schema import Connection


def submissions_after(connection: Connection, after: int, limit: int) -> list[dict[str, Any]]:
    """Read a page of hand-overs, in order of arrival."""
    return _page(
        connection,
        """
        SELECT n, ministry, application_id, tracking_number, kind, idempotency_key, traceparent,
               received_at
          FROM submissions
         WHERE n > ?
         ORDER BY n
         LIMIT ?
        """,
        (after, limit),
    )


def messages_after(connection: Connection, after: int, limit: int) -> list[dict[str, Any]]:
    """Read a page of messages, in order of arrival."""
    return _page(
        connection,
        """
        SELECT n, reference, phone AS "to", text, idempotency_key, traceparent, received_at,
               reported_at
          FROM messages
         WHERE n > ?
         ORDER BY n
         LIMIT ?
        """,
        (after, limit),
    )


def decisions_after(connection: Connection, after: int, limit: int) -> list[dict[str, Any]]:
    """Read a page of decisions, in order."""
    return _page(
        connection,
        """
        SELECT n, ministry, application_id, action, decided_at
          FROM decisions
         WHERE n > ?
         ORDER BY n
         LIMIT ?
        """,
        (after, limit),
    )


def papers_after(connection: Connection, after: int, limit: int) -> list[dict[str, Any]]:
    """Read a page of fetched papers, in order."""
    return _page(
        connection,
        """
        SELECT n, ministry, application_id, document_id, state, is_right, received_at
          FROM papers
         WHERE n > ?
         ORDER BY n
         LIMIT ?
        """,
        (after, limit),
    )


def rows_after(
    connection: Connection,
    *,
    submissions: int,
    decisions: int,
    papers: int,
    messages: int,
    limit: int,
) -> dict[str, list[dict[str, Any]]]:
    """Read a page of rows of every kind; of each those after a number, up to a limit."""
    return {
        "submissions": submissions_after(connection, submissions, limit),
        "decisions": decisions_after(connection, decisions, limit),
        "papers": papers_after(connection, papers, limit),
        "messages": messages_after(connection, messages, limit),
    }


def open_callbacks(connection: Connection, limit: int) -> dict[str, Any]:
    """Count the open callbacks and decisions to give, and read callbacks that were refused.

    It is one statement, so that a callback is either open or refused.
    """
    waiting, refused = connection.execute(
        """
        SELECT (SELECT count(*) FROM callbacks WHERE refused_status IS NULL)
               + (SELECT count(*) FROM answers WHERE NOT is_given),
               (SELECT json_group_array(json_object('callback_id', callback_id, 'kind', kind,
                                                    'destination', destination, 'subject', subject,
                                                    'refused_status', refused_status))
                  FROM (SELECT * FROM callbacks WHERE refused_status IS NOT NULL LIMIT ?))
        """,
        (limit,),
    ).fetchone()
    return {"waiting": waiting, "refused": orjson.loads(refused)}


def totals(connection: Connection) -> dict[str, Any]:
    """Count all and distinct hand-overs and messages, and the final decisions."""
    submissions, keys, messages, references, decisions = connection.execute(
        """
        SELECT (SELECT count(*) FROM submissions),
               (SELECT count(DISTINCT idempotency_key) FROM submissions),
               (SELECT count(*) FROM messages),
               (SELECT count(DISTINCT reference) FROM messages),
               (SELECT count(*) FROM decisions WHERE action <> 'correction_asked')
        """
    ).fetchone()
    return {
        "submissions": {"total": submissions, "distinct": keys},
        "messages": {"total": messages, "distinct": references},
        "decisions": decisions,
    }


def _page(connection: Connection, sql: str, arguments: tuple[int, ...]) -> list[dict[str, Any]]:
    rows = connection.execute(sql, arguments)
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows]
