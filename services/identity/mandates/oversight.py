"""Oversight by the programme's staff: flags about mandates, and the figures of the centres."""

from datetime import datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.geography import areas_by_code
from libs.contracts.centres import CentresQuery
from libs.contracts.mandates import CentreFigures, CentreFiguresList, CloseFlag
from libs.database.transaction import Transaction
from services.identity.centres import use_cases as centres
from services.identity.citizens import use_cases as citizens
from services.identity.flags import use_cases as flags
from services.identity.flags.rules import CONSENTS_WITHIN, HOUR, Flag, FlagPolicy
from services.identity.mandates import queries, use_cases
from services.identity.mandates.rules import Mandate
from services.identity.offices import use_cases as offices
from services.identity.sessions import use_cases as sessions
from services.identity.uddoktas import use_cases as uddoktas

_NONE: Final = {"requested": 0, "used": 0, "revoked": 0, "complaints": 0}


async def check_consent(
    tx: Transaction, mandate: Mandate, policy: FlagPolicy, at: datetime
) -> None:
    """Raise flags about a mandate that has a consent now."""
    await _check_rate(tx, mandate, policy, at)
    await _check_device(tx, mandate, policy, at)
    if mandate.phone is not None:
        await _check_phone(tx, mandate, mandate.phone, policy, at)


async def check_offices(tx: Transaction, policy: FlagPolicy, at: datetime) -> int:
    """Raise a flag about each office with more assisted applications than its people explain.

    The flag names the newest of their mandates; an office gets one in 30 days. One without a
    population gets none.
    """
    since = at - CONSENTS_WITHIN
    people = {
        office.office_id: office.population
        for office in await offices.read_offices(tx)
        if office.population is not None
    }
    used = await queries.count_used_for_offices(tx, people.keys(), since)
    flagged = await flags.find_flagged(tx, "office_above_population", since)
    above = {
        office_id
        for office_id, count in used.items()
        if count * 1000 > people[office_id] * policy.office_per_1000_in_30_days
    } - await queries.find_offices(tx, flagged)
    newest = await queries.read_newest_for_offices(tx, above, since)
    for mandate in newest:
        await flags.raise_flag(tx, "office_above_population", mandate, at)
    return len(newest)


async def read_figures(tx: Transaction, query: CentresQuery, at: datetime) -> CentreFiguresList:
    """Return the figures of a page of centres for the last 30 days."""
    areas = areas_by_code()
    found = await centres.read_centres(tx, query)
    page, following = query.page(found, lambda centre: centre.service_centre_id)
    of_page = [centre.service_centre_id for centre in page]
    active = await uddoktas.count_active(tx, of_page)
    open_flags = await flags.count_open(tx)
    counts = await queries.count_at_centres(tx, of_page, at - CONSENTS_WITHIN)
    figures = [
        CentreFigures(
            service_centre_id=centre.service_centre_id,
            name=centre.name,
            area=centre.area,
            district=areas[centre.area].district_code,
            state=centre.state_now,
            uddoktas=active.get(centre.service_centre_id, 0),
            open_flags=open_flags.get(centre.service_centre_id, 0),
            **counts.get(centre.service_centre_id, _NONE),
        )
        for centre in page
    ]
    return CentreFiguresList(items=figures, next=following)


async def close_flag(
    tx: Transaction, flag_id: UUID, finding: CloseFlag, by: UUID, at: datetime
) -> Flag:
    """Close a flag with a finding; one of complaints with an answer to whoever complained.

    Raises:
        Refused: there is no such open flag, or a complaint needs an answer.
    """
    flag = await flags.close(tx, flag_id, finding.outcome, by, at)
    if flag.kind == "complaint":
        await use_cases.answer_complaints(tx, flag.mandate_id, finding.answer, at)
    return flag


async def reopen_unanswered(tx: Transaction) -> int:
    """Open the flags again that were closed although a complaint has no answer; return how many.

    Until there were answers, each was closed so.
    """
    return await flags.reopen(tx, "complaint", await queries.find_unanswered(tx))


async def _check_phone(
    tx: Transaction, mandate: Mandate, phone: str, policy: FlagPolicy, at: datetime
) -> None:
    """Raise a flag if a phone consents for many citizens."""
    phone_index = tx.cipher.index(phone)
    counted = await queries.count_citizens_of_phone(tx, phone_index, at - CONSENTS_WITHIN)
    if counted > policy.citizens_per_phone:
        await flags.raise_flag(tx, "one_phone_many_citizens", mandate, at)


async def _check_rate(tx: Transaction, mandate: Mandate, policy: FlagPolicy, at: datetime) -> None:
    """Raise flags if an uddokta or a centre helps very many citizens."""
    if await queries.count_of_uddokta(tx, mandate.uddokta_id, at - HOUR) > policy.mandates_per_hour:
        await flags.raise_flag(tx, "too_many_an_hour", mandate, at)
    of_centre = await queries.count_of_centre(tx, mandate.service_centre_id, at - CONSENTS_WITHIN)
    if of_centre > policy.centre_in_30_days:
        await flags.raise_flag(tx, "centre_above_population", mandate, at)


async def _check_device(
    tx: Transaction, mandate: Mandate, policy: FlagPolicy, at: datetime
) -> None:
    """Raise a flag if citizens log in on the device of a mandate, or on its uddokta's own devices.

    These are the devices on which the uddokta's own number has logged in. An uddokta gets one such
    flag in 30 days, since the next mandate has the same reason.
    """
    kind: Final = "device_of_citizen_and_helper"
    since = at - CONSENTS_WITHIN
    devices = await _own_devices(tx, mandate)
    thumbprint = await centres.find_thumbprint(tx, mandate.device_id)
    if thumbprint is not None:
        devices.add(thumbprint)
    people = await sessions.count_people_on(tx, devices, since)
    if people <= policy.citizens_per_helper_device:
        return
    if not await flags.was_raised(tx, kind, mandate.uddokta_id, since):
        await flags.raise_flag(tx, kind, mandate, at)


async def _own_devices(tx: Transaction, mandate: Mandate) -> set[str]:
    phone_index = await uddoktas.find_phone_index(tx, mandate.uddokta_id)
    if phone_index is None:
        return set()
    citizen_id = await citizens.find_by_phone_index(tx, phone_index)
    return set() if citizen_id is None else await sessions.read_devices_of(tx, citizen_id)
