"""SQL of the newest rows of the ledger."""

from typing import Any

from sandbox.ledger.schema import Connection


def newest(connection: Connection, limit: int) -> dict[str, list[tuple[Any, ...]]]:
    """Read the newest rows of every kind, the newest first, with the names of their columns."""
    return {
        "received from the platform": _rows(
            connection,
            """
            SELECT received_at, ministry, kind, tracking_number, idempotency_key, answer
              FROM submissions ORDER BY n DESC LIMIT ?
            """,
            limit,
        ),
        "decided": _rows(
            connection,
            """
            SELECT decided_at, ministry, action, application_id
              FROM decisions ORDER BY n DESC LIMIT ?
            """,
            limit,
        ),
        "callbacks that wait or were refused": _rows(
            connection,
            """
            SELECT kind, destination, subject, attempts, refused_status, url
              FROM callbacks ORDER BY due_at_s DESC LIMIT ?
            """,
            limit,
        ),
        "SMS": _rows(
            connection,
            """
            SELECT received_at, phone, text, reported_at
              FROM messages ORDER BY n DESC LIMIT ?
            """,
            limit,
        ),
    }


def _rows(connection: Connection, sql: str, limit: int) -> list[tuple[Any, ...]]:
    rows = connection.execute(sql, (limit,))
    return [tuple(column[0] for column in rows.description), *rows.fetchall()]
