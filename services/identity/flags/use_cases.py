"""Flags raised, listed and closed; the figures of the centres."""

from datetime import datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.geography import areas_by_code
from libs.contracts.lists import ListQuery
from libs.contracts.mandates import CentreFigures, FlagKind, FlagList
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.identity.audit import use_cases as audit
from services.identity.centres import use_cases as centres
from services.identity.flags import queries
from services.identity.flags.rules import (
    CONSENTS_WITHIN,
    HOUR,
    Flag,
    Flagged,
    FlagPolicy,
)


async def raise_flag(tx: Transaction, kind: FlagKind, mandate: Flagged, at: datetime) -> None:
    """Let a person look at a mandate, once more if somebody has; of each kind it has one flag."""
    flag = Flag(
        new_id(), kind, mandate.uddokta_id, mandate.service_centre_id, mandate.mandate_id, at
    )
    await queries.save_flag(tx, flag)


async def check_phone(
    tx: Transaction, mandate: Flagged, phone_index: bytes, policy: FlagPolicy, at: datetime
) -> None:
    """Raise a flag if a phone consents for many citizens."""
    citizens = await queries.count_citizens_of_phone(tx, phone_index, at - CONSENTS_WITHIN)
    if citizens > policy.citizens_per_phone:
        await raise_flag(tx, "one_phone_many_citizens", mandate, at)


async def check_rate(tx: Transaction, mandate: Flagged, policy: FlagPolicy, at: datetime) -> None:
    """Raise flags if an uddokta or a centre helps very many citizens."""
    if await queries.count_of_uddokta(tx, mandate.uddokta_id, at - HOUR) > policy.mandates_per_hour:
        await raise_flag(tx, "too_many_an_hour", mandate, at)
    of_centre = await queries.count_of_centre(tx, mandate.service_centre_id, at - CONSENTS_WITHIN)
    if of_centre > policy.centre_in_30_days:
        await raise_flag(tx, "centre_above_population", mandate, at)


async def check_device(
    tx: Transaction, mandate: Flagged, device_id: UUID, policy: FlagPolicy, at: datetime
) -> None:
    """Raise a flag if citizens log in on the device of a mandate, or on its uddokta's own device.

    An uddokta gets one such flag in 30 days, since the next mandate has the same reason.
    """
    kind: Final = "device_of_citizen_and_helper"
    since = at - CONSENTS_WITHIN
    citizens = await queries.count_citizens_of_device(tx, device_id, mandate.uddokta_id, since)
    if citizens <= policy.citizens_per_helper_device:
        return
    if not await queries.was_raised(tx, kind, mandate.uddokta_id, since):
        await raise_flag(tx, kind, mandate, at)


async def check_offices(tx: Transaction, policy: FlagPolicy, at: datetime) -> int:
    """Raise a flag about each office with more assisted applications than its people explain.

    The flag names the newest of their mandates; an office gets one in 30 days.
    """
    above = await queries.read_offices_above(
        tx, policy.office_per_1000_in_30_days, at - CONSENTS_WITHIN
    )
    for mandate in above:
        await raise_flag(tx, "office_above_population", mandate, at)
    return len(above)


async def list_open(tx: Transaction, query: ListQuery) -> FlagList:
    """Return the flags that nobody has closed, the oldest first."""
    found = await queries.read_open_flags(tx, after=query.after, limit=query.one_more)
    page, following = query.page(found, lambda flag: flag.flag_id)
    return FlagList(items=[flag.view() for flag in page], next=following)


async def close(tx: Transaction, flag_id: UUID, outcome: str, by: UUID, at: datetime) -> Flag:
    """Close a flag with what was found out.

    Raises:
        Refused: there is no such open flag.
    """
    flag = await queries.close_flag(tx, flag_id, outcome, by, at)
    if flag is None:
        raise Refused("not_found")
    await audit.record_action(
        tx, actor=f"staff:{by}", action=f"close flag: {flag.kind}", subject=str(flag_id)
    )
    return flag


async def read_figures(tx: Transaction, at: datetime) -> list[CentreFigures]:
    """Return what happened at all centres in the last 30 days."""
    areas = areas_by_code()
    return [
        CentreFigures(
            service_centre_id=centre.service_centre_id,
            name=centre.name,
            area=centre.area,
            district=areas[centre.area].district_code,
            state=centre.state,
            **await queries.read_figures(tx, centre.service_centre_id, at - CONSENTS_WITHIN),
        )
        for centre in await centres.read_centres(tx)
    ]
