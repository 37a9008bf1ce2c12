"""Offices created and changed; officers created, placed and disabled."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.language import Text
from libs.contracts.lists import SearchQuery
from libs.contracts.offices import PutOffice
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.absences import use_cases as absences
from services.identity.duties import use_cases as duties
from services.identity.offices import queries, rules
from services.identity.offices.rules import Office
from services.identity.second_factors.use_cases import SecondFactors, set_up_app
from services.identity.sessions import use_cases as sessions
from services.identity.staff import use_cases as staff
from services.identity.staff.passwords import InitialPassword
from services.identity.staff.rules import Staff

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NewOfficer(NamedTuple):
    """An officer with the password for the first login."""

    officer: Staff
    authenticator_address: str


async def put_office(
    tx: Transaction, office_id: str, body: PutOffice, at: datetime, *, by: str
) -> Office:
    """Create or change an office, and record who did it.

    Tokens name the area, so officers log in again when it changes; a login that is under way ends
    before, or begins with the new area.

    Raises:
        Refused: the office is malformed, officers work there whom the change would leave without
            one, or it is the own one and would get another area.
    """
    before = await queries.lock_office(tx, office_id)
    office = rules.office_of(office_id, body, bodies_by_id())
    if before is not None:
        officers = await staff.lock_officers(tx, office_id, at)
        rules.check_change(before, office, officers)
        if before.area != office.area:
            rules.check_of_others(officers, by)
            for officer_id in officers:
                await sessions.end_sessions(tx, officer_id)
    await queries.save_office(tx, office)
    await record_action(tx, actor=by, action=f"put office: {office.state}", subject=office_id)
    return office


async def read_offices(tx: Transaction, query: SearchQuery | None = None) -> list[Office]:
    """Return offices by id: one more than a page, or all of them without a query."""
    return await queries.read_offices(
        tx,
        pattern=query.pattern if query else None,
        after=query.after if query else None,
        limit=query.one_more if query else None,
    )


async def read_names(tx: Transaction, office_ids: Collection[str]) -> Mapping[str, Text]:
    """Read the names of offices by id; one that nobody has entered has none."""
    return await queries.read_names(tx, office_ids)


async def read_officer_names(tx: Transaction, ids: str, ministry: str) -> Mapping[UUID, str]:
    """Read the usernames of officers of a ministry; of nobody else.

    Args:
        tx: the transaction.
        ids: of them, with commas between them; what is no id is left out.
        ministry: theirs.
    """
    wanted = [UUID(one) for one in ids.split(",") if _UUID.fullmatch(one)]
    people = await staff.find_people(tx, wanted)
    return {
        staff_id: person.username
        for staff_id, person in people.items()
        if person.ministry == ministry and person.has_been({"officer"})
    }


async def find_office(tx: Transaction, office_id: str) -> Office:
    """Return an office.

    Raises:
        Refused: there is no such office.
    """
    office = await queries.lock_office(tx, office_id)
    if office is None:
        raise Refused("not_found")
    return office


async def create_officer(  # noqa: PLR0913
    tx: Transaction,
    username: str,
    office_id: str,
    initial: InitialPassword,
    factors: SecondFactors,
    at: datetime,
    *,
    by: str,
) -> NewOfficer:
    """Create an account for an officer of an office.

    Raises:
        Refused: there is no such office, it is closed, or the username is malformed or taken.
    """
    office = await _lock_running(tx, office_id)
    await staff.create_staff(
        tx, username, "officer", office.ministry, initial=initial, by=by, at=at
    )
    officer = await staff.place_officer(tx, username, office_id, office.ministry, by=by)
    address = await set_up_app(tx, factors, officer.staff_id, username)
    return NewOfficer(officer, address)


async def place_officer(tx: Transaction, username: str, office_id: str, *, by: str) -> Staff:
    """Move an officer to another office; this ends their sessions, and their duties at the old one.

    Raises:
        Refused: there is no such officer or office, the office is closed, or it is the own account.
    """
    office = await _lock_running(tx, office_id)
    before = await staff.find_account(tx, username)
    rules.check_of_others([before.staff_id], by)
    if before.office_id != office_id:
        await duties.end_duties(tx, before.staff_id)
        await absences.leave_office(tx, before.staff_id)
    return await staff.place_officer(tx, username, office_id, office.ministry, by=by)


async def read_officers(tx: Transaction, query: SearchQuery | None = None) -> list[Staff]:
    """Return officers by username: one more than a page, or all of them without a query."""
    return await staff.read_officers(tx, query)


async def find_officer(tx: Transaction, officer_id: UUID) -> Staff:
    """Return an officer, also one who works nowhere any more.

    Raises:
        Refused: there is no such officer.
    """
    return await staff.find_account(tx, await staff.find_username(tx, officer_id, "officer"))


async def _lock_running(tx: Transaction, office_id: str) -> Office:
    office = await queries.lock_office(tx, office_id)
    if office is None:
        raise Refused("office_unknown", pointer="/office_id")
    office.check_running()
    return office
