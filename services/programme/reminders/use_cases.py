"""Reminders planned, addressed, sent and read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

import structlog

from libs.audit.queries import record_action
from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.programme import (
    LastTold,
    LateStep,
    PutSuperior,
    ReminderList,
    Rung,
    Superior,
    SuperiorView,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.jobs import JobQueue, JobResult, Lease
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.overview import Overview
from services.programme.bodies.rules import BodyState
from services.programme.bodies.views import step_view
from services.programme.calendar import use_cases as calendars
from services.programme.focal_points import use_cases as focal_points
from services.programme.mails import use_cases as mails
from services.programme.mails.rules import Notice
from services.programme.reminders import queries, rules
from services.programme.reminders.rules import Mail, Recipient

log: Final = structlog.get_logger()

_REFUSED_AGAIN_S: Final = 24 * 3600.0
_MOST_SHOWN: Final = 100


async def plan(tx: Transaction, overview: Overview, at: datetime, *, chief_adviser: str) -> None:
    """Plan the reminders that are due, end those that are not, and say to whom they go.

    Args:
        tx: the transaction.
        overview: the states of bodies.
        at: the current time.
        chief_adviser: address of the Chief Adviser's Office; empty for nobody.
    """
    today = dhaka_date(at)
    states = await bodies.read_states(tx, overview, today)
    wanted = rules.wanted_on(states.values(), today, await calendars.read_calendar(tx))
    await queries.insert_reminders(tx, sorted(wanted), at)
    waiting = await queries.read_open(tx)
    ended = [reminder.reminder_id for reminder in waiting if reminder.wanted not in wanted]
    await queries.end_reminders(tx, ended, at)
    kept = [reminder for reminder in waiting if reminder.wanted in wanted]
    if not kept:
        return
    superiors = await queries.read_superiors(tx)
    told: dict[str, Mapping[Rung, Recipient]] = {}
    for body in {reminder.wanted.body for reminder in kept}:
        people = {
            point.duty: Recipient(point.post, point.person.mail)
            for point in await focal_points.read(tx, overview, body, today)
        }
        above = {
            superior: Recipient(view.post, view.mail)
            for superior, view in superiors.get(body, {}).items()
        }
        told[body] = rules.recipients_of(people, above, chief_adviser)
    recipients = {
        reminder.reminder_id: told[reminder.wanted.body].get(reminder.wanted.rung)
        for reminder in kept
    }
    await queries.address_reminders(tx, recipients)


def queue_of(clock: Clock) -> JobQueue[Mail | Notice]:
    """Return the queue of all mails, of which none is claimed on a day off or before offices open.

    Reminders come first, then what other capabilities have to say.
    """

    async def claim(tx: Transaction, lease: Lease) -> list[Mail | Notice]:
        if not (await calendars.read_calendar(tx)).is_office_open_since_morning(clock.now()):
            return []
        own = await queries.claim_mails(tx, lease)
        rest = replace(lease, limit=lease.limit - len(own))
        return [*own, *(await mails.claim(tx, rest))]

    async def release(tx: Transaction, claimed_by: str, kept: Collection[UUID] = ()) -> None:
        await queries.release_mails(tx, claimed_by, kept)
        await mails.release(tx, claimed_by, kept)

    async def read_oldest_due_age_s(tx: Transaction) -> float:
        own_s = await queries.read_oldest_due_age_s(tx)
        return max(own_s, await mails.read_oldest_due_age_s(tx))

    return JobQueue(
        "mail_reminders",
        claim=claim,
        release=release,
        oldest_due_age_s=read_oldest_due_age_s,
    )


async def record_mails(
    tx: Transaction, results: Sequence[JobResult[Mail | Notice, bool]]
) -> set[UUID]:
    """Record which mails the server has taken; none fails for good.

    One that it refuses is tried again the next day: the address is corrected meanwhile.
    """
    for job_result in results:
        job, failure = job_result.job, job_result.failure
        if failure is not None:
            what = job.wanted.rung if isinstance(job, Mail) else job.content.kind
            log.error("mail not sent", mail_id=str(job.key), what=what, why=str(failure))
    await queries.save_mails(tx, results, _REFUSED_AGAIN_S)
    await mails.record(tx, results, _REFUSED_AGAIN_S)
    return set()


async def mark_mails_failed(tx: Transaction, jobs: Sequence[Mail | Notice]) -> None:
    """Try mails again later whose result could not be recorded."""
    unrecorded = RuntimeError("unrecorded")
    await record_mails(
        tx, [JobResult(job, None, unrecorded, None, counts=True, trace=None) for job in jobs]
    )


async def read(tx: Transaction, body: str, today: date) -> ReminderList:
    """Return the reminders about a body, and the posts above.

    Raises:
        Refused: there is no such body.
    """
    if body not in bodies_by_id():
        raise Refused("body_not_found")
    superiors = (await queries.read_superiors(tx)).get(body, {})
    return ReminderList(
        items=await queries.read_reminders(tx, body, limit=_MOST_SHOWN),
        superiors=list(superiors.values()),
        unknown_year=(await calendars.read_calendar(tx)).missing_year(today),
    )


async def read_superiors(tx: Transaction) -> Mapping[str, Mapping[Superior, SuperiorView]]:
    """Return the posts above, by body."""
    return await queries.read_superiors(tx)


async def read_last_told(tx: Transaction, states: Mapping[str, BodyState]) -> list[LastTold]:
    """Return who was told last of the step of each body that is overdue for longest."""
    overdue = {body: state.overdue for body, state in states.items() if state.overdue is not None}
    return [
        told
        for step, due_on, told in await queries.read_told(tx, list(overdue))
        if (step, due_on) == (overdue[told.body].step, overdue[told.body].due_on)
    ]


async def read_late(tx: Transaction, states: Mapping[str, BodyState]) -> list[LateStep]:
    """Return the late steps of each body, the latest first, with who was told of them."""
    late = {body: state.late for body, state in states.items() if state.late}
    standing = await queries.read_standing(tx, list(late))
    return [
        LateStep(
            body=body,
            step=step_view(step, states[body].today),
            reminders=[
                reminder
                for about, reminder in standing
                if (about, reminder.step, reminder.due_on) == (body, step.step, step.due_on)
            ],
        )
        for body, steps in late.items()
        for step in steps
    ]


async def put_superior(
    tx: Transaction, body: str, superior: Superior, wanted: PutSuperior, *, by: str, at: datetime
) -> None:
    """Set the post that late steps of a body are brought to; it replaces the one before.

    Raises:
        Refused: there is no such body.
    """
    if body not in bodies_by_id():
        raise Refused("body_not_found")
    view = SuperiorView(superior=superior, **wanted.model_dump(), set_at=at)
    await queries.save_superior(tx, body, view)
    await record_action(
        tx, actor=by, action=f"set {superior}", subject=body, detail=wanted.evidence
    )
