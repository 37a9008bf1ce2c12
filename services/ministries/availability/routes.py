"""HTTP routes on which a focal point announces outages, and sets the hours, of the own system."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.ministries import ServiceHours
from libs.contracts.own_system import AnnounceOutage, OutageView, OwnAvailability
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.ministries.availability import use_cases
from services.ministries.availability.rules import Hours, Outage

_ROLES: Final = ("focal_point",)
_BASE: Final = "/v1/own-system"

OutageId = Annotated[UUID, Field(description="Id of the outage")]

routes = Routes()


@routes.get(_BASE, roles=_ROLES, problems=("role_missing",))
async def read_own_availability(staff: Staff, tx: Transaction, clock: Clock) -> OwnAvailability:
    """Show the planned outages and the hours of the own system (focal_point)."""
    ministry, now = _ministry_of(staff), clock.now()
    found = await use_cases.read_availability(tx, at=now)
    return OwnAvailability(
        outages=[
            OutageView(outage_id=outage.outage_id, **outage.announced().model_dump())
            for outage in found.outages
            if outage.ministry == ministry
        ],
        hours=next((each.announced() for each in found.hours if each.ministry == ministry), None),
    )


@routes.post(
    f"{_BASE}/outages",
    status=201,
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "outage_times_wrong", "text_missing"),
    example={
        "starts_at": "2026-07-03T18:00:00Z",
        "ends_at": "2026-07-04T02:00:00Z",
        "reason": {"bn": "সার্ভার বদলানো হবে", "en": "The server is replaced"},
    },
)
async def announce_own_outage(
    wanted: AnnounceOutage, staff: Staff, tx: Transaction, clock: Clock
) -> OwnAvailability:
    """Announce an outage of the own system: citizens see it, and nothing is lost (focal_point).

    Raises:
        Refused: the reason is missing in one language.
    """
    if wanted.reason is not None and (language := wanted.reason.missing_in()):
        raise Refused("text_missing", pointer=f"/reason/{language}")
    outage = Outage(new_id(), _ministry_of(staff), wanted.starts_at, wanted.ends_at, wanted.reason)
    await use_cases.announce_outage(tx, outage, by=staff.actor, at=clock.now())
    return await read_own_availability(staff, tx, clock)


@routes.delete(
    f"{_BASE}/outages/{{outage_id}}",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "outage_unknown"),
)
async def cancel_own_outage(
    outage_id: OutageId, staff: Staff, tx: Transaction, clock: Clock
) -> OwnAvailability:
    """Cancel an outage of the own system, or end one that lasts (focal_point)."""
    ministry, now = _ministry_of(staff), clock.now()
    await use_cases.cancel_own_outage(tx, ministry, outage_id, by=staff.actor, at=now)
    return await read_own_availability(staff, tx, clock)


@routes.put(
    f"{_BASE}/hours",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "service_hours_wrong"),
    example={"days": [7, 1, 2, 3, 4], "opens_at": "09:00", "closes_at": "17:00"},
)
async def set_own_hours(
    wanted: ServiceHours, staff: Staff, tx: Transaction, clock: Clock
) -> OwnAvailability:
    """Set in which hours the own system takes applications; others wait (focal_point)."""
    ministry = _ministry_of(staff)
    hours = Hours(ministry, frozenset(wanted.days), wanted.opens_at, wanted.closes_at)
    await use_cases.set_hours(tx, ministry, hours, by=staff.actor)
    return await read_own_availability(staff, tx, clock)


@routes.delete(f"{_BASE}/hours", roles=_ROLES, recent_login=True, problems=("role_missing",))
async def delete_own_hours(staff: Staff, tx: Transaction, clock: Clock) -> OwnAvailability:
    """Let the own system take applications at any time (focal_point)."""
    await use_cases.set_hours(tx, _ministry_of(staff), None, by=staff.actor)
    return await read_own_availability(staff, tx, clock)


def _ministry_of(staff: Staff) -> str:
    """Return the ministry of a focal point.

    Raises:
        Refused: the account has none.
    """
    if staff.post is None:
        raise Refused("role_missing")
    return staff.post.ministry
