"""Outages announced and cancelled, hours of service and limits set; each change is audited."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.ministries.availability import queries, rules
from services.ministries.availability.rules import CallingLimits, Hours, Outage


@dataclass(frozen=True, slots=True)
class Availability:
    """The settings for calls: outages that are not over, hours, and limits."""

    outages: tuple[Outage, ...] = ()
    hours: tuple[Hours, ...] = ()
    limits: tuple[CallingLimits, ...] = ()


async def read_availability(tx: Transaction, *, at: datetime) -> Availability:
    """Read all settings, without outages that are over at this moment."""
    return Availability(
        tuple(await queries.read_outages(tx, at)),
        tuple(await queries.read_hours(tx)),
        tuple(await queries.read_limits(tx)),
    )


async def announce_outage(tx: Transaction, outage: Outage, *, by: str, at: datetime) -> None:
    """Announce a planned outage, during which the ministry's system is not called.

    Raises:
        Refused: there is no such ministry, or the times are wrong.
    """
    rules.check_outage(outage, at)
    await queries.insert_outage(tx, outage)
    detail = f"{outage.outage_id}: {outage.starts_at.isoformat()} to {outage.ends_at.isoformat()}"
    await record_action(
        tx, actor=by, action="announce outage", subject=outage.ministry, detail=detail
    )


async def cancel_outage(tx: Transaction, outage_id: UUID, *, by: str) -> Outage:
    """Cancel a planned outage, or end one that lasts: the ministry's system is called again.

    Raises:
        Refused: there is no such outage, or it was cancelled.
    """
    outage = await queries.cancel_outage(tx, outage_id)
    if outage is None:
        raise Refused("outage_unknown")
    await record_action(
        tx, actor=by, action="cancel outage", subject=outage.ministry, detail=str(outage_id)
    )
    return outage


async def cancel_own_outage(
    tx: Transaction, ministry: str, outage_id: UUID, *, by: str, at: datetime
) -> Outage:
    """Cancel an outage of a ministry's own system, as `cancel_outage`.

    Raises:
        Refused: the ministry has no such outage, or it was cancelled.
    """
    own = (outage for outage in await queries.read_outages(tx, at) if outage.ministry == ministry)
    if outage_id not in {outage.outage_id for outage in own}:
        raise Refused("outage_unknown")
    return await cancel_outage(tx, outage_id, by=by)


async def set_hours(tx: Transaction, ministry: str, hours: Hours | None, *, by: str) -> None:
    """Set a ministry's hours of service; None to let its system be called at any time.

    Raises:
        Refused: there is no such ministry, or the hours are wrong.
    """
    rules.check_ministry(ministry)
    if hours is None:
        await queries.delete_hours(tx, ministry)
        detail = "at any time"
    else:
        rules.check_hours(hours)
        await queries.save_hours(tx, hours)
        detail = f"days {sorted(hours.days)}, {hours.opens_at} to {hours.closes_at}"
    await record_action(tx, actor=by, action="set hours", subject=ministry, detail=detail)


async def set_limits(tx: Transaction, limits: CallingLimits, *, by: str) -> None:
    """Set how much a ministry's system can bear.

    Raises:
        Refused: there is no such ministry.
    """
    rules.check_ministry(limits.ministry)
    await queries.save_limits(tx, limits)
    detail = f"at once {limits.calls_at_once}, a second {limits.calls_per_s}"
    await record_action(tx, actor=by, action="set limits", subject=limits.ministry, detail=detail)
