"""SQL of flags."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from libs.contracts.mandates import FlagKind
from libs.database.transaction import Transaction
from services.identity.flags.rules import Flag


async def save_flag(tx: Transaction, flag: Flag) -> None:
    """Insert a flag; each mandate has at most one of a kind, and a closed one opens again."""
    await tx.execute(
        """
        INSERT INTO flags AS stored (flag_id, kind, uddokta_id, service_centre_id, mandate_id,
                                    raised_at)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (mandate_id, kind) DO UPDATE
               SET raised_at = excluded.raised_at, closed_at = NULL, closed_by = NULL
             WHERE stored.closed_at IS NOT NULL
        """,
        flag.flag_id,
        flag.kind,
        flag.uddokta_id,
        flag.service_centre_id,
        flag.mandate_id,
        flag.raised_at,
    )


async def read_open_flags(tx: Transaction, *, after: UUID | None, limit: int) -> list[Flag]:
    """Read open flags, the oldest first; with `after`, those behind this one."""
    rows = await tx.fetch(
        """
        SELECT flag_id, kind, uddokta_id, service_centre_id, mandate_id, raised_at, closed_at,
               outcome
          FROM flags
         WHERE closed_at IS NULL
           AND ($1::uuid IS NULL
                OR (raised_at, flag_id) > (SELECT last.raised_at, last.flag_id
                                             FROM flags AS last
                                            WHERE last.flag_id = $1))
         ORDER BY raised_at, flag_id
         LIMIT $2
        """,
        after,
        limit,
    )
    return [Flag(**row) for row in rows]


async def close_flag(
    tx: Transaction, flag_id: UUID, outcome: str, by: UUID, at: datetime
) -> Flag | None:
    """Close an open flag, and return it."""
    row = await tx.fetchrow(
        """
        UPDATE flags SET closed_at = $4, closed_by = $3, outcome = $2
         WHERE flag_id = $1 AND closed_at IS NULL
        RETURNING flag_id, kind, uddokta_id, service_centre_id, mandate_id, raised_at, closed_at,
                  outcome
        """,
        flag_id,
        outcome,
        by,
        at,
    )
    return Flag(**row) if row else None


async def reopen_flags(tx: Transaction, kind: FlagKind, mandate_ids: Collection[UUID]) -> int:
    """Open closed flags of a kind about some mandates again; return how many."""
    return await tx.execute(
        """
        UPDATE flags SET closed_at = NULL, closed_by = NULL
         WHERE mandate_id = ANY($1::uuid[]) AND kind = $2 AND closed_at IS NOT NULL
        """,
        list(mandate_ids),
        kind,
    )


async def was_raised(tx: Transaction, kind: FlagKind, uddokta_id: UUID, since: datetime) -> bool:
    """Return whether a flag of a kind was raised about an uddokta since a time."""
    found: bool = await tx.fetchval(
        """
        SELECT EXISTS (SELECT FROM flags WHERE uddokta_id = $1 AND kind = $2 AND raised_at >= $3)
        """,
        uddokta_id,
        kind,
        since,
    )
    return found


async def find_flagged(tx: Transaction, kind: FlagKind, since: datetime) -> set[UUID]:
    """Return the mandates about which a flag of a kind was raised since a time."""
    rows = await tx.fetch(
        "SELECT mandate_id FROM flags WHERE kind = $1 AND raised_at >= $2", kind, since
    )
    return {row["mandate_id"] for row in rows}


async def count_open(tx: Transaction) -> dict[str, int]:
    """Count the open flags, by centre."""
    rows = await tx.fetch(
        """
        SELECT service_centre_id, count(*) AS flags
          FROM flags
         WHERE closed_at IS NULL
         GROUP BY service_centre_id
        """
    )
    return {row["service_centre_id"]: row["flags"] for row in rows}
