"""SQL of snapshots; rows are only added."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

from libs.database.transaction import Transaction


class Snapshot(NamedTuple):
    """When the snapshot of a week was taken, and from what."""

    week_ends: date
    taken_at: datetime
    is_recounted: bool


class File(NamedTuple):
    """A file of a snapshot, without its content."""

    week_ends: date
    name: str
    size_bytes: int
    sha256: str


async def insert_snapshot(tx: Transaction, snapshot: Snapshot, figures: str) -> bool:
    """Insert a snapshot; return False if there is one of the week, which stays as it is."""
    inserted = await tx.execute(
        """
        INSERT INTO snapshots (week_ends, taken_at, is_recounted, figures)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (week_ends) DO NOTHING
        """,
        snapshot.week_ends,
        snapshot.taken_at,
        snapshot.is_recounted,
        figures,
    )
    return bool(inserted)


async def insert_files(tx: Transaction, week_ends: date, contents: Mapping[str, str]) -> None:
    """Insert the files of a snapshot."""
    await tx.execute(
        """
        INSERT INTO snapshot_files (week_ends, name, content, sha256)
        SELECT $1, name, content, digest
          FROM unnest($2::text[], $3::text[], $4::text[]) AS given (name, content, digest)
        """,
        week_ends,
        list(contents),
        list(contents.values()),
        [sha256(content.encode()).hexdigest() for content in contents.values()],
    )


async def read_newest_week(tx: Transaction) -> date | None:
    """Read the Saturday of the last snapshot; None before the first."""
    week_ends: date | None = await tx.fetchval("SELECT max(week_ends) FROM snapshots")
    return week_ends


async def read_snapshots(tx: Transaction, *, before: date, limit: int) -> list[Snapshot]:
    """Read snapshots of weeks that ended before a day, the newest first."""
    rows = await tx.fetch(
        """
        SELECT week_ends, taken_at, is_recounted
          FROM snapshots
         WHERE week_ends < $1
         ORDER BY week_ends DESC
         LIMIT $2
        """,
        before,
        limit,
    )
    return [Snapshot(**row) for row in rows]


async def read_files(tx: Transaction, *, since: date, until: date) -> list[File]:
    """Read which files the snapshots of weeks have, from one week to another, both included."""
    rows = await tx.fetch(
        """
        SELECT week_ends, name, octet_length(content) AS size_bytes, sha256
          FROM snapshot_files
         WHERE week_ends BETWEEN $1 AND $2
         ORDER BY week_ends, name
        """,
        since,
        until,
    )
    return [File(**row) for row in rows]


async def read_file(tx: Transaction, week_ends: date, name: str) -> str | None:
    """Read a file of a week; None if there is none."""
    content: str | None = await tx.fetchval(
        "SELECT content FROM snapshot_files WHERE week_ends = $1 AND name = $2", week_ends, name
    )
    return content


async def read_figures(tx: Transaction, week_ends: date) -> str | None:
    """Read the figures of a week as JSON; None without a snapshot."""
    figures: str | None = await tx.fetchval(
        "SELECT figures FROM snapshots WHERE week_ends = $1", week_ends
    )
    return figures
