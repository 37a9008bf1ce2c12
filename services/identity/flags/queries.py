"""SQL of flags, and of the figures that they and the centres' map are made of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from services.identity.flags.rules import Flag


async def insert_flag(tx: Transaction, flag: Flag) -> None:
    """Insert a flag; of each kind a mandate has one."""
    await tx.execute(
        """
        INSERT INTO flags (flag_id, kind, uddokta_id, service_centre_id, mandate_id, raised_at)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (mandate_id, kind) DO NOTHING
        """,
        flag.flag_id,
        flag.kind,
        flag.uddokta_id,
        flag.service_centre_id,
        flag.mandate_id,
        flag.raised_at,
    )


async def read_open_flags(tx: Transaction, *, after: UUID | None, limit: int) -> list[Flag]:
    """Read flags that nobody has closed, the oldest first; with `after`, those behind this one."""
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


async def count_citizens_of_phone(tx: Transaction, phone_index: bytes, since: datetime) -> int:
    """Count the citizens for whom a phone has consented since a time."""
    counted: int = await tx.fetchval(
        """
        SELECT count(DISTINCT citizen_id) FROM mandates
         WHERE phone_index = $1 AND requested_at >= $2 AND consented_at IS NOT NULL
        """,
        phone_index,
        since,
    )
    return counted


async def count_of_uddokta(tx: Transaction, uddokta_id: UUID, since: datetime) -> int:
    """Count the mandates of an uddokta that were requested since a time, with a consent."""
    counted: int = await tx.fetchval(
        """
        SELECT count(*) FROM mandates
         WHERE uddokta_id = $1 AND requested_at >= $2 AND consented_at IS NOT NULL
        """,
        uddokta_id,
        since,
    )
    return counted


async def count_of_centre(tx: Transaction, service_centre_id: str, since: datetime) -> int:
    """Count the mandates of a centre that were requested since a time, with a consent."""
    counted: int = await tx.fetchval(
        """
        SELECT count(*) FROM mandates
         WHERE service_centre_id = $1 AND requested_at >= $2 AND consented_at IS NOT NULL
        """,
        service_centre_id,
        since,
    )
    return counted


async def read_figures(
    tx: Transaction, service_centre_id: str, since: datetime
) -> Mapping[str, Any]:
    """Count uddoktas, mandates since a time, complaints and open flags of a centre."""
    row = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM uddoktas
                 WHERE uddoktas.service_centre_id = $1 AND state = 'active') AS uddoktas,
               count(*) AS requested,
               count(*) FILTER (WHERE state = 'used') AS used,
               count(*) FILTER (WHERE state = 'revoked') AS revoked,
               count(complained_at) AS complaints,
               (SELECT count(*) FROM flags
                 WHERE flags.service_centre_id = $1 AND closed_at IS NULL) AS open_flags
          FROM mandates
         WHERE service_centre_id = $1 AND requested_at >= $2
        """,
        service_centre_id,
        since,
    )
    return dict(row) if row else {}
