"""Workshops set, attendance and minutes recorded, and who never came."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.lists import ListQuery
from libs.contracts.questions import QuestionView
from libs.contracts.workshops import (
    CreateWorkshop,
    NeverCameList,
    WorkshopDetails,
    WorkshopList,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.overview import Overview
from services.programme.focal_points import use_cases as focal_points
from services.programme.mails import use_cases as mails
from services.programme.mails.rules import Notice
from services.programme.questions import use_cases as questions
from services.programme.questions.rules import check_impersonal
from services.programme.workshops import queries, rules
from services.programme.workshops.rules import Workshop


async def create(
    tx: Transaction, overview: Overview, wanted: CreateWorkshop, *, by: str, at: datetime
) -> WorkshopDetails:
    """Set a workshop and invite bodies, by default all that owe a list; a repeat adds nothing.

    Raises:
        Refused: there is no such body.
    """
    invited: Collection[str] | None = wanted.bodies
    if invited is None:
        states = await bodies.read_states(tx, overview, dhaka_date(at))
        invited = [state.body for state in states.values() if state.owes_list]
    rules.check_bodies(invited)
    workshop = Workshop(new_id(), wanted.topic, wanted.day, wanted.place)
    workshop_id = await queries.insert_workshop(tx, workshop)
    await queries.insert_invited(tx, workshop_id, invited)
    await record_action(tx, actor=by, action="set workshop", subject=str(workshop_id))
    return await read(tx, workshop_id, at)


async def read_all(tx: Transaction, body: str | None, query: ListQuery) -> WorkshopList:
    """Return the workshops, perhaps those of one body, the latest set first."""
    rows, following = query.page(
        await queries.read_workshops(tx, body, query), lambda workshop: workshop.workshop_id
    )
    return WorkshopList(items=[workshop.view() for workshop in rows], next=following)


async def read(tx: Transaction, workshop_id: UUID, at: datetime) -> WorkshopDetails:
    """Return a workshop with its bodies, and what was asked there.

    Raises:
        Refused: there is none.
    """
    workshop = _found(await queries.read_workshop(tx, workshop_id))
    asked = await questions.read_of_origin(tx, workshop_id, ListQuery(), at)
    bodies_of = await queries.read_bodies(tx, workshop_id)
    ids = {body.body: rules.invitation_id(workshop_id, body.body) for body in bodies_of}
    sent = await mails.read_sent(tx, ids.values())
    return WorkshopDetails(
        workshop=workshop.view(),
        bodies=[
            body.model_copy(update={"mailed_at": sent.get(ids[body.body])}) for body in bodies_of
        ],
        questions=asked.items,
    )


async def plan_invitations(tx: Transaction, overview: Overview, at: datetime) -> None:
    """Let bodies be invited by mail to workshops that lie ahead: who answers for them, once.

    Where nobody is named yet, the mail goes once somebody is.
    """
    today = dhaka_date(at)
    due = {
        rules.invitation_id(workshop.workshop_id, body): (workshop, body)
        for workshop, body in await queries.read_ahead(tx, today)
    }
    unsent = await mails.keep(tx, "invitation", due.keys())
    notices = []
    for mail_id in sorted(unsent):
        workshop, body = due[mail_id]
        people = {point.duty: point for point in await focal_points.read(tx, overview, body, today)}
        told = people.get("focal_point") or people.get("deputy")
        if told is not None:
            said = rules.invitation(workshop, body, told.post)
            notices.append(Notice(mail_id, said, told.person.mail, at))
    await mails.save(tx, notices, at)


async def record_attendance(
    tx: Transaction, workshop_id: UUID, came: Collection[str], *, by: str, at: datetime
) -> WorkshopDetails:
    """Record which bodies came, also without an invitation; the last record counts.

    Raises:
        Refused: there is no such workshop or body, or it lies ahead.
    """
    workshop = _found(await queries.lock_workshop(tx, workshop_id))
    workshop.check_day(dhaka_date(at))
    rules.check_bodies(came)
    await queries.save_attendance(tx, workshop_id, came, at)
    await record_action(tx, actor=by, action="record attendance", subject=str(workshop_id))
    return await read(tx, workshop_id, at)


async def write_minutes(
    tx: Transaction, workshop_id: UUID, minutes: str, *, by: str, at: datetime
) -> WorkshopDetails:
    """Write the minutes, in place of those of before.

    Raises:
        Refused: there is no such workshop, it lies ahead, or the minutes have a number or an
            address of a person.
    """
    workshop = _found(await queries.lock_workshop(tx, workshop_id))
    workshop.check_day(dhaka_date(at))
    check_impersonal(minutes, "/minutes")
    await queries.save_minutes(tx, workshop_id, minutes)
    await record_action(tx, actor=by, action="write minutes", subject=str(workshop_id))
    return await read(tx, workshop_id, at)


async def record_question(
    tx: Transaction, workshop_id: UUID, body: str, text: str, *, by: str, at: datetime
) -> QuestionView:
    """Record what a body asked at a workshop; it is on the same list as all questions.

    Raises:
        Refused: there is no such workshop or body, it lies ahead, or the question has a number or
            an address of a person.
    """
    workshop = _found(await queries.read_workshop(tx, workshop_id))
    workshop.check_day(dhaka_date(at))
    rules.check_bodies([body])
    return await questions.ask(tx, body, "workshop", text, by=by, at=at, origin_id=workshop_id)


async def read_never_came(tx: Transaction, at: datetime) -> NeverCameList:
    """Return the bodies that were invited and have never come."""
    return NeverCameList(items=await queries.read_never_came(tx, dhaka_date(at)))


def _found(workshop: Workshop | None) -> Workshop:
    if workshop is None:
        raise Refused("not_found")
    return workshop
