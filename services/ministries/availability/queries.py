"""SQL of outages, hours of service, and limits of calls."""

from datetime import datetime
from typing import Any
from uuid import UUID

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.ministries.availability.rules import CallingLimits, Hours, Outage


async def read_outages(tx: Transaction, at: datetime) -> list[Outage]:
    """Read the outages that are not over at this moment, in the order of their beginning."""
    rows = await tx.fetch(
        """
        SELECT outage_id, ministry, starts_at, ends_at, reason_bn, reason_en
          FROM outages
         WHERE cancelled_at IS NULL AND ends_at > $1
         ORDER BY starts_at, outage_id
        """,
        at,
    )
    return [_outage(row) for row in rows]


async def read_hours(tx: Transaction) -> list[Hours]:
    """Read the hours of service of the ministries that have any."""
    rows = await tx.fetch("SELECT ministry, days, opens_at, closes_at FROM service_hours")
    return [
        Hours(row["ministry"], frozenset(row["days"]), row["opens_at"], row["closes_at"])
        for row in rows
    ]


async def read_limits(tx: Transaction) -> list[CallingLimits]:
    """Read the limits of the ministries that have any of their own."""
    rows = await tx.fetch("SELECT ministry, calls_at_once, calls_per_s FROM calling_limits")
    return [CallingLimits(**row) for row in rows]


async def insert_outage(tx: Transaction, outage: Outage) -> None:
    """Insert an outage."""
    await tx.execute(
        """
        INSERT INTO outages (outage_id, ministry, starts_at, ends_at, reason_bn, reason_en)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        outage.outage_id,
        outage.ministry,
        outage.starts_at,
        outage.ends_at,
        outage.reason.bn if outage.reason else None,
        outage.reason.en if outage.reason else None,
    )


async def cancel_outage(tx: Transaction, outage_id: UUID) -> Outage | None:
    """Cancel an outage and return it; None if there is none, or it was cancelled before."""
    row = await tx.fetchrow(
        """
        UPDATE outages
           SET cancelled_at = now()
         WHERE outage_id = $1 AND cancelled_at IS NULL
        RETURNING outage_id, ministry, starts_at, ends_at, reason_bn, reason_en
        """,
        outage_id,
    )
    return _outage(row) if row else None


async def save_hours(tx: Transaction, hours: Hours) -> None:
    """Set the hours of service of a ministry."""
    await tx.execute(
        """
        INSERT INTO service_hours (ministry, days, opens_at, closes_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (ministry) DO UPDATE
           SET days = excluded.days, opens_at = excluded.opens_at, closes_at = excluded.closes_at
        """,
        hours.ministry,
        sorted(hours.days),
        hours.opens_at,
        hours.closes_at,
    )


async def delete_hours(tx: Transaction, ministry: str) -> None:
    """Let a ministry's system be called at any time."""
    await tx.execute("DELETE FROM service_hours WHERE ministry = $1", ministry)


async def save_limits(tx: Transaction, limits: CallingLimits) -> None:
    """Set the limits of a ministry."""
    await tx.execute(
        """
        INSERT INTO calling_limits (ministry, calls_at_once, calls_per_s)
        VALUES ($1, $2, $3)
            ON CONFLICT (ministry) DO UPDATE
           SET calls_at_once = excluded.calls_at_once, calls_per_s = excluded.calls_per_s
        """,
        limits.ministry,
        limits.calls_at_once,
        limits.calls_per_s,
    )


def _outage(row: Any) -> Outage:
    fields = dict(row)
    bn, en = fields.pop("reason_bn"), fields.pop("reason_en")
    return Outage(reason=None if bn is None else Text(bn=bn, en=en), **fields)
