"""Statements on the services' databases: handled, waiting and known applications."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import asyncpg

from libs.contracts.topics import purpose_in_database, topics_by_name
from libs.database.transaction import Transaction
from tools.chaos.inspector import Place


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter without its content."""

    dead_letter_id: int
    topic: str
    reason: str
    detail: str
    key: bytes | None


class Count(NamedTuple):
    """What is counted: a metric of a day in Dhaka, a public service and a ministry."""

    day: str
    public_service_id: str
    ministry: str
    metric: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted at a moment, and how far the topic was read then.

    Args:
        counts: the numbers that are stored.
        read: the next offset of each partition.
    """

    counts: Mapping[Count, int] = field(default_factory=dict)
    read: Mapping[Place, int] = field(default_factory=dict)


async def handled(tx: Transaction, event_keys: Sequence[UUID]) -> set[UUID]:
    """Return which of these events are in the consumer's inbox."""
    rows = await tx.fetch(
        """
        SELECT event_key
          FROM inbox
         WHERE event_key = ANY($1)
        """,
        event_keys,
    )
    return {row["event_key"] for row in rows}


async def dead_letters_after(tx: Transaction, dead_letter_id: int) -> list[DeadLetter]:
    """Return the dead letters after that one, settled or not."""
    rows = await tx.fetch(
        """
        SELECT dead_letter_id, topic, reason, detail, record_key
          FROM dead_letters
         WHERE dead_letter_id > $1
         ORDER BY dead_letter_id
        """,
        dead_letter_id,
    )
    return [DeadLetter(*row.values()) for row in rows]


async def outbox_rows(tx: Transaction) -> int:
    """Count the events that wait to be published.

    Codes are left out: where PostgreSQL crashed and identity ended before it had stored the key of
    the hour again, they wait unread until the hour is over (decision 22), and nobody can use them.
    """
    of_codes = [name for name in topics_by_name() if purpose_in_database(name) == "hour"]
    count: int = await tx.fetchval("SELECT count(*) FROM outbox WHERE topic <> ALL($1)", of_codes)
    return count


async def open_deliveries(tx: Transaction) -> int:
    """Count the submissions that are still to be handed over to a ministry."""
    count: int = await tx.fetchval("SELECT count(*) FROM deliveries WHERE state = 'open'")
    return count


async def open_tasks(tx: Transaction) -> int:
    """Count what waits for officers who work here."""
    count: int = await tx.fetchval("SELECT count(*) FROM tasks")
    return count


async def queued_messages(tx: Transaction) -> int:
    """Count the messages about applications that are still to be sent.

    Those of citizens without any phone, such as a demo's before this run, wait for a number.
    """
    count: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM messages
         WHERE state = 'queued' AND application_id IS NOT NULL AND due_at IS NOT NULL
        """
    )
    return count


async def known_applications(tx: Transaction, application_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these applications exist."""
    rows = await tx.fetch(
        """
        SELECT application_id
          FROM applications
         WHERE application_id = ANY($1)
        """,
        list(application_ids),
    )
    return {row["application_id"] for row in rows}


async def of_same_citizens(tx: Transaction, application_ids: Collection[UUID]) -> set[UUID]:
    """Return all applications of the citizens who have these applications."""
    rows = await tx.fetch(
        """
        SELECT application_id
          FROM applications
         WHERE citizen_id IN (SELECT citizen_id FROM applications WHERE application_id = ANY($1))
        """,
        list(application_ids),
    )
    return {row["application_id"] for row in rows}


async def read_figures(tx: Transaction, group: str) -> Figures:
    """Return what the programme has counted, and how far its group has read, of one moment."""
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    counts = await tx.fetch(
        "SELECT day::text AS day, public_service_id, ministry, metric, number FROM counts"
    )
    read = await tx.fetch(
        "SELECT topic, topic_partition, next_offset FROM group_offsets WHERE consumer_group = $1",
        group,
    )
    return Figures(
        {Count(*list(row.values())[:4]): row["number"] for row in counts},
        {(row["topic"], row["topic_partition"]): row["next_offset"] for row in read},
    )


async def applied_migrations(tx: Transaction) -> set[str]:
    """Return the names of the migrations that are applied."""
    rows = await tx.fetch("SELECT name FROM migrations")
    return {row["name"] for row in rows}


async def note_migration(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    """Note a migration that was not applied; whoever applies it waits until this is undone."""
    await connection.execute("INSERT INTO migrations (name, checksum) VALUES ($1, '')", name)


async def is_migration_at_its_note(tx: Transaction) -> bool:
    """Return whether a migration has applied a file, and waits to note that."""
    waits: bool = await tx.fetchval(
        """
        SELECT EXISTS (SELECT FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                          AND query LIKE '%INSERT INTO migrations%')
        """
    )
    return waits
