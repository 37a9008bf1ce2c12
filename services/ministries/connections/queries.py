"""SQL of connections; versions are only added."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson

from libs.database.transaction import Transaction
from services.ministries.connections.rules import CheckReport, Connection, Version


async def lock_connections(tx: Transaction) -> None:
    """Let no other transaction add a version until the end."""
    await tx.execute("LOCK TABLE connections IN SHARE ROW EXCLUSIVE MODE")


async def read_current(tx: Transaction) -> list[Version]:
    """Read the newest version of each ministry's connection."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (ministry)
               ministry, version, connection, is_stopped, reason, set_by, set_at,
               despite, appeal_days
          FROM connections
         ORDER BY ministry, version DESC
        """
    )
    return [_version(row) for row in rows]


async def read_last(tx: Transaction, adapter: str) -> dict[str, Connection]:
    """Read the last connection of each ministry by an adapter."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (ministry) ministry, connection
          FROM connections
         WHERE connection::jsonb ->> 'adapter' = $1
         ORDER BY ministry, version DESC
        """,
        adapter,
    )
    return {row["ministry"]: Connection.model_validate_json(row["connection"]) for row in rows}


async def read_history(tx: Transaction, ministry: str) -> list[Version]:
    """Read every version of a ministry's connection, the newest first."""
    rows = await tx.fetch(
        """
        SELECT ministry, version, connection, is_stopped, reason, set_by, set_at,
               despite, appeal_days
          FROM connections
         WHERE ministry = $1
         ORDER BY version DESC
        """,
        ministry,
    )
    return [_version(row) for row in rows]


async def insert_version(tx: Transaction, version: Version) -> datetime:
    """Add a version; return its time, which the database sets."""
    set_at: datetime = await tx.fetchval(
        """
        INSERT INTO connections (ministry, version, connection, is_stopped, reason, set_by, despite,
                                 appeal_days)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING set_at
        """,
        version.ministry,
        version.version,
        version.connection and version.connection.model_dump_json(exclude={"appeal_days"}),
        version.is_stopped,
        version.reason,
        version.set_by,
        version.despite,
        version.connection and version.connection.appeal_days,
    )
    return set_at


async def read_appeal_days(tx: Transaction, ministries: Collection[str]) -> dict[str, int]:
    """Read the days for an objection, of those ministries whose systems take them now."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (ministry) ministry, appeal_days
          FROM connections
         WHERE ministry = ANY($1)
         ORDER BY ministry, version DESC
        """,
        list(ministries),
    )
    return {row["ministry"]: row["appeal_days"] for row in rows if row["appeal_days"]}


async def insert_report(tx: Transaction, report: CheckReport, by: str) -> None:
    """Keep a report; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO connection_checks (ministry, checked_at, content, kept_by)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
        """,
        report.ministry,
        report.checked_at,
        report.model_dump_json(),
        by,
    )


async def read_reports(tx: Transaction, ministry: str) -> list[CheckReport]:
    """Read the reports on systems of a ministry, the newest first."""
    rows = await tx.fetch(
        """
        SELECT content
          FROM connection_checks
         WHERE ministry = $1
         ORDER BY checked_at DESC
        """,
        ministry,
    )
    return [CheckReport.model_validate_json(row["content"]) for row in rows]


def _version(row: Any) -> Version:
    fields = dict(row)
    text, appeal_days = fields.pop("connection"), fields.pop("appeal_days")
    stored = {**orjson.loads(text), "appeal_days": appeal_days} if text else None
    return Version(connection=Connection.model_validate(stored) if stored else None, **fields)
