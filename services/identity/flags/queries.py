"""SQL of flags, and of the figures that they and the centres' map are made of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.contracts.mandates import FlagKind
from libs.database.transaction import Transaction
from services.identity.flags.rules import Flag, FlaggedMandate


async def save_flag(tx: Transaction, flag: Flag) -> None:
    """Insert a flag; of each kind a mandate has one, which is open again if it was closed."""
    await tx.execute(
        """
        INSERT INTO flags AS known (flag_id, kind, uddokta_id, service_centre_id, mandate_id,
                                    raised_at)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (mandate_id, kind) DO UPDATE
               SET raised_at = excluded.raised_at, closed_at = NULL, closed_by = NULL
             WHERE known.closed_at IS NOT NULL
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


async def count_citizens_of_device(
    tx: Transaction, device_id: UUID, uddokta_id: UUID, since: datetime
) -> int:
    """Count the citizens who logged in since a time on a centre's device, or an uddokta's own one.

    An uddokta's own devices are those on which the uddokta's own number has logged in.
    """
    counted: int = await tx.fetchval(
        """
        SELECT count(DISTINCT subject_id) FROM sessions
         WHERE opened_at >= $3
           AND device = ANY(ARRAY(
               SELECT thumbprint FROM centre_devices WHERE device_id = $1
                UNION
               SELECT own.device
                 FROM uddoktas
                 JOIN citizens USING (phone_index)
                 JOIN sessions AS own ON own.subject_id = citizens.citizen_id
                WHERE uddokta_id = $2))
        """,
        device_id,
        uddokta_id,
        since,
    )
    return counted


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


async def read_offices_above(
    tx: Transaction, per_1000: int, since: datetime
) -> list[FlaggedMandate]:
    """Read the newest used mandate of offices with too many for their population since a time.

    An office without a population, or with a flag since that time, is left out.
    """
    rows = await tx.fetch(
        """
        SELECT newest.*
          FROM offices
         CROSS JOIN LATERAL (
               SELECT mandate_id, uddokta_id, service_centre_id FROM mandates
                WHERE mandates.office_id = offices.office_id AND used_at >= $2
                ORDER BY used_at DESC
                LIMIT 1) AS newest
         WHERE population * $1::bigint < 1000 * (
               SELECT count(*) FROM mandates
                WHERE mandates.office_id = offices.office_id AND used_at >= $2)
           AND 0 = (
               SELECT count(*) FROM mandates JOIN flags USING (mandate_id)
                WHERE mandates.office_id = offices.office_id
                  AND kind = 'office_above_population' AND raised_at >= $2)
        """,
        per_1000,
        since,
    )
    return [FlaggedMandate(**row) for row in rows]


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
