"""Uddoktas enrolled, found, and sanctioned by two people."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.contracts.centres import CreateUddokta, SanctionKind, SanctionList, UddoktasQuery
from libs.contracts.lists import ListQuery
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from services.identity.centres import use_cases as centres
from services.identity.citizens.numbers import read_phone
from services.identity.second_factors.use_cases import SecondFactors, set_up_app
from services.identity.sessions import use_cases as sessions
from services.identity.staff import use_cases as staff
from services.identity.staff.passwords import InitialPassword
from services.identity.staff.rules import not_approved_by
from services.identity.uddoktas import queries, rules
from services.identity.uddoktas.rules import Uddokta

_AT_ONCE: Final = 500


async def add_uddokta(tx: Transaction, uddokta: Uddokta, phone: str, *, by: str) -> None:
    """Store an uddokta whose account was just made, and announce it.

    Raises:
        Refused: there is no such centre, or the licence ends before it begins.
    """
    uddokta.check_dates()
    await centres.read_centre(tx, uddokta.service_centre_id)
    await queries.insert_uddokta(tx, uddokta, phone)
    await queries.requalify(tx, [uddokta.uddokta_id], 1)
    await _announce(tx, [uddokta.uddokta_id])
    await _audit(tx, by, "add uddokta", uddokta.uddokta_id)


async def create_uddokta(
    tx: Transaction,
    wanted: CreateUddokta,
    initial: InitialPassword,
    factors: SecondFactors,
    at: datetime,
    *,
    by: str,
) -> tuple[Uddokta, str]:
    """Create an uddokta's account and announce it; return it with its app's address.

    Raises:
        Refused: there is no such centre, the licence ends before it begins, the username is
            malformed or taken, or the name is missing in a language.
        Unreadable: the phone is none.
    """
    if language := wanted.first_name.missing_in():
        raise Refused("text_missing", pointer=f"/first_name/{language}")
    number = read_phone(wanted.phone)
    account, _ = await staff.create_staff(
        tx, wanted.username, "uddokta", None, initial=initial, by=by, at=at
    )
    uddokta = Uddokta(
        uddokta_id=account.staff_id,
        **wanted.model_dump(
            exclude={"first_name", "phone", "certificate_number", "certificate_until"}
        ),
        first_name=wanted.first_name,
        # Without a certificate of before only a qualification counts.
        certificate_number=wanted.certificate_number or "",
        certificate_until=wanted.certificate_until or wanted.licence_from - timedelta(days=1),
    )
    await add_uddokta(tx, uddokta, number, by=by)
    return uddokta, await set_up_app(tx, factors, account.staff_id, wanted.username)


async def renew_licence(
    tx: Transaction,
    username: str,
    licence_until: date,
    certificate_until: date | None,
    *,
    by: str,
) -> Uddokta:
    """Set until when a licence holds, and a certificate of before; announce it.

    Raises:
        Refused: there is no such uddokta, or the licence would end before it begins.
    """
    before = await _lock(tx, username)
    uddokta = replace(
        before,
        licence_until=licence_until,
        certificate_until=certificate_until or before.certificate_until,
    )
    uddokta.check_dates()
    await queries.update_uddokta(tx, uddokta)
    await queries.requalify(tx, [uddokta.uddokta_id], 1)
    (uddokta,) = await _announce(tx, [uddokta.uddokta_id])
    await _audit(tx, by, f"renew licence until {licence_until}", uddokta.uddokta_id)
    return uddokta


async def requalify(tx: Transaction) -> int:
    """Announce uddoktas whose qualification, or what they need, has changed; return how many."""
    changed = await queries.requalify(tx, None, _AT_ONCE)
    await _announce(tx, changed)
    return len(changed)


async def move_uddokta(
    tx: Transaction, username: str, service_centre_id: str, *, by: str
) -> Uddokta:
    """Let an uddokta work at another centre, and announce it; the sessions end.

    Raises:
        Refused: there is no such uddokta or centre.
    """
    await centres.read_centre(tx, service_centre_id)
    uddokta = replace(await _lock(tx, username), service_centre_id=service_centre_id)
    await queries.update_uddokta(tx, uddokta)
    await sessions.end_sessions(tx, uddokta.uddokta_id)
    await outbox.add(tx, [uddokta.event()])
    await _audit(tx, by, f"move to {service_centre_id}", uddokta.uddokta_id)
    return uddokta


async def read_uddokta(tx: Transaction, uddokta_id: UUID) -> Uddokta:
    """Return an uddokta, who does not change until the transaction ends.

    Raises:
        Refused: the account is none of an uddokta.
    """
    uddokta = await queries.read_uddokta(tx, uddokta_id)
    if uddokta is None:
        raise Refused("role_missing")
    return uddokta


async def find_uddokta(tx: Transaction, uddokta_id: UUID) -> Uddokta:
    """Return an uddokta whom somebody else asks for.

    Raises:
        Refused: there is no such uddokta.
    """
    uddokta = await queries.read_uddokta(tx, uddokta_id)
    if uddokta is None:
        raise Refused("not_found")
    return uddokta


async def read_uddoktas(tx: Transaction, query: UddoktasQuery) -> list[Uddokta]:
    """Return uddoktas by username, one more than a page of those that are asked for."""
    return await queries.read_uddoktas(
        tx,
        pattern=query.pattern,
        centre=query.centre,
        after=query.after,
        limit=query.one_more,
    )


async def count_active(tx: Transaction, service_centre_ids: Collection[str]) -> dict[str, int]:
    """Return the number of active uddoktas of each of these centres that has any."""
    return await queries.count_active(tx, service_centre_ids)


async def suspend_disabled(tx: Transaction, username: str) -> UUID | None:
    """Suspend the uddokta whose account was disabled, and announce it.

    Returns the id of the uddokta; None if the account is none of an uddokta.
    """
    uddokta_id = await queries.find_uddokta_id(tx, username)
    uddokta = await queries.lock_uddokta(tx, uddokta_id) if uddokta_id else None
    if uddokta is None:
        return None
    suspended = replace(uddokta, state="suspended")
    await queries.update_uddokta(tx, suspended)
    await outbox.add(tx, [suspended.event()])
    return suspended.uddokta_id


async def is_phone_of_uddokta(tx: Transaction, phone: str) -> bool:
    """Return whether a number belongs to an uddokta."""
    return await queries.is_phone_of_uddokta(tx, phone)


async def find_phone_index(tx: Transaction, uddokta_id: UUID) -> bytes | None:
    """Return the keyed hash of an uddokta's own number."""
    return await queries.find_phone_index(tx, uddokta_id)


async def propose_sanction(
    tx: Transaction, uddokta_id: UUID, kind: SanctionKind, reason: str, by: UUID, at: datetime
) -> Act:
    """Store a sanction that a second person has to approve.

    A repeat returns the sanction that waits.

    Raises:
        Refused: there is no such uddokta.
    """
    if await queries.lock_uddokta(tx, uddokta_id) is None:
        raise Refused("not_found")
    wanted = Act(new_id(), rules.subject_of(uddokta_id), kind, reason, by, at)
    sanction = await two_people.propose(tx, wanted)
    if sanction is wanted:
        await _audit(tx, f"staff:{by}", f"propose {kind}", uddokta_id)
    return sanction


async def approve_sanction(
    tx: Transaction, uddokta_id: UUID, sanction_id: UUID, by: UUID, at: datetime
) -> Act:
    """Put a sanction into force; an uddokta who is stopped loses all sessions at once.

    Raises:
        Refused: there is no such sanction, it was approved or rejected before, the same person
            proposed it, or whoever did is not of the programme any more.
    """
    uddokta = await queries.lock_uddokta(tx, uddokta_id)
    if uddokta is None:
        raise Refused("not_found")
    sanction = await two_people.approve(tx, rules.subject_of(uddokta_id), sanction_id, by, at)
    await staff.check_proposer(tx, sanction.proposed_by, at)
    uddokta = rules.sanctioned(uddokta, sanction)
    await queries.update_uddokta(tx, uddokta)
    if uddokta.state != "active":
        await sessions.end_sessions(tx, uddokta_id)
    await outbox.add(tx, [uddokta.event()])
    await _audit(tx, f"staff:{by}", f"approve {sanction.kind}", uddokta_id)
    return sanction


async def list_sanctions(
    tx: Transaction, uddokta_id: UUID, query: ListQuery, by: UUID, at: datetime
) -> SanctionList:
    """Return the sanctions of an uddokta, the newest first, and which of them a person approves."""
    found = await two_people.read_acts(
        tx, rules.subject_of(uddokta_id), after=query.after, limit=query.one_more
    )
    page, following = query.page(found, lambda sanction: sanction.act_id)
    people = {
        person
        for sanction in page
        for person in (sanction.proposed_by, sanction.approved_by, sanction.rejected_by)
        if person is not None
    }
    found_people = await staff.find_people(tx, people)
    names = {staff_id: person.username for staff_id, person in found_people.items()}
    views = [
        rules.sanction_view(
            uddokta_id,
            sanction,
            names,
            not_approved_by(by, sanction.proposed_by, found_people.get(sanction.proposed_by), at),
        )
        for sanction in page
    ]
    return SanctionList(items=views, next=following)


async def _announce(tx: Transaction, uddokta_ids: Sequence[UUID]) -> list[Uddokta]:
    """Announce uddoktas as they are stored, and return them."""
    stored = await queries.read_by_id(tx, uddokta_ids)
    await outbox.add(tx, [uddokta.event() for uddokta in stored])
    return stored


async def _lock(tx: Transaction, username: str) -> Uddokta:
    uddokta_id = await queries.find_uddokta_id(tx, username)
    uddokta = await queries.lock_uddokta(tx, uddokta_id) if uddokta_id else None
    if uddokta is None:
        raise Refused("staff_unknown")
    return uddokta


async def _audit(tx: Transaction, by: str, action: str, uddokta_id: UUID) -> None:
    await record_action(tx, actor=by, action=action, subject=str(uddokta_id))
