"""SQL of facts; rows are only added."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.programme.bodies.contents import FactContent
from services.programme.bodies.facts import Extension, Fact

_CONTENT: TypeAdapter[FactContent] = TypeAdapter(FactContent)


class FactRow(NamedTuple):
    """A fact as it is stored."""

    fact_id: UUID
    body: str
    day: date
    happened_at: datetime
    content: str
    evidence: str
    corrects: UUID | None
    recorded_by: str
    recorded_at: datetime


async def lock_version(tx: Transaction) -> None:
    """Let no other transaction add facts until the end of this one."""
    await tx.execute(
        """
        INSERT INTO facts_version (version)
        VALUES (0)
            ON CONFLICT (one) DO UPDATE SET version = facts_version.version
        """
    )


async def raise_version(tx: Transaction) -> None:
    """Raise the version of the facts, so that every process reads what was added."""
    await tx.execute("UPDATE facts_version SET version = version + 1")


async def read_version(tx: Transaction) -> int:
    """Read the version of the facts; 0 before the first."""
    version: int = await tx.fetchval("SELECT coalesce(max(version), 0) FROM facts_version")
    return version


async def insert_decided_days(tx: Transaction, days: Sequence[tuple[str, date]]) -> int:
    """Insert on which days an application for a public service was decided; return how many new."""
    return await tx.execute(
        """
        INSERT INTO decided_days (public_service_id, day)
        SELECT *
          FROM unnest($1::text[], $2::date[]) AS decided (public_service_id, day)
            ON CONFLICT (public_service_id, day) DO NOTHING
        """,
        [public_service_id for public_service_id, _ in days],
        [day for _, day in days],
    )


async def read_decided_days(tx: Transaction) -> dict[str, list[date]]:
    """Read on which days an application was decided, by public service."""
    rows = await tx.fetch("SELECT public_service_id, day FROM decided_days")
    found: dict[str, list[date]] = {}
    for row in rows:
        found.setdefault(row["public_service_id"], []).append(row["day"])
    return found


async def insert_extension(tx: Transaction, act_id: UUID, extension: Extension) -> None:
    """Store the new last day of a step of a body."""
    await tx.execute(
        """
        INSERT INTO extensions (act_id, body, step, due_on, granted_on)
        VALUES ($1, $2, $3, $4, $5)
        """,
        act_id,
        extension.body,
        extension.step,
        extension.due_on,
        extension.granted_on,
    )


async def read_extensions(tx: Transaction) -> list[Extension]:
    """Read until when steps of bodies were extended."""
    rows = await tx.fetch("SELECT body, step, due_on, granted_on FROM extensions")
    return [Extension(**row) for row in rows]


async def insert_facts(tx: Transaction, facts: Sequence[Fact]) -> None:
    """Add facts; one that is there already stays as it is."""
    await tx.execute(
        """
        INSERT INTO facts (fact_id, body, day, happened_at, content, evidence, corrects,
                           recorded_by, recorded_at)
        SELECT *
          FROM unnest($1::uuid[], $2::text[], $3::date[], $4::timestamptz[], $5::text[],
                      $6::text[], $7::uuid[], $8::text[], $9::timestamptz[])
               AS added (fact_id, body, day, happened_at, content, evidence, corrects,
                         recorded_by, recorded_at)
            ON CONFLICT (fact_id) DO NOTHING
        """,
        *columns(
            FactRow,
            [
                FactRow(
                    fact_id=fact.fact_id,
                    body=fact.body,
                    day=fact.day,
                    happened_at=fact.happened_at,
                    content=_CONTENT.dump_json(fact.content).decode(),
                    evidence=fact.evidence,
                    corrects=fact.corrects,
                    recorded_by=fact.recorded_by,
                    recorded_at=fact.recorded_at,
                )
                for fact in facts
            ],
        ),
    )


async def read_facts(tx: Transaction, *, after: int) -> tuple[list[Fact], int]:
    """Read the facts behind a number in the order of their recording, and the last number."""
    rows = await tx.fetch(
        """
        SELECT number, fact_id, body, day, happened_at, content, evidence, corrects, recorded_by,
               recorded_at
          FROM facts
         WHERE number > $1
         ORDER BY number
        """,
        after,
    )
    facts = [
        Fact(
            fact_id=row["fact_id"],
            body=row["body"],
            day=row["day"],
            happened_at=row["happened_at"],
            content=_CONTENT.validate_json(row["content"]),
            evidence=row["evidence"],
            corrects=row["corrects"],
            recorded_by=row["recorded_by"],
            recorded_at=row["recorded_at"],
        )
        for row in rows
    ]
    return facts, rows[-1]["number"] if rows else after
