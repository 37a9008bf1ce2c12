"""SQL of the traces of applications."""

from typing import Any

from sandbox.ledger.schema import Connection


def newest_hand_overs(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Read the newest hand-overs, the newest first."""
    return _rows(
        connection,
        """
        SELECT tracking_number, ministry, kind, received_at, traceparent
          FROM submissions
         ORDER BY n DESC
         LIMIT ?
        """,
        limit,
    )


def hand_overs_of(connection: Connection, tracking_number: str) -> list[dict[str, Any]]:
    """Read the hand-overs of an application, in order."""
    return _rows(
        connection,
        """
        SELECT tracking_number, ministry, kind, received_at, traceparent
          FROM submissions
         WHERE application_id IN (
                   SELECT application_id FROM submissions WHERE tracking_number = ?)
         ORDER BY n
        """,
        tracking_number,
    )


def _rows(connection: Connection, sql: str, parameter: object) -> list[dict[str, Any]]:
    found = connection.execute(sql, (parameter,))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]
