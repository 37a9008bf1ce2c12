"""Overdue cases found, brought to posts, and read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import structlog

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.cases import OverdueRung
from libs.contracts.programme import FocalPointsChanged
from libs.database.transaction import Transaction
from libs.jobs import JobQueue, JobResult, Lease
from libs.jobs.mails import MAIL_REFUSED_AGAIN_S
from services.cases.calendar import use_cases as calendars
from services.cases.overdue import queries, rules
from services.cases.overdue.rules import Mail, Search
from services.cases.workflows import use_cases as workflows

log: Final = structlog.get_logger()

_UNKNOWN_AGAIN_S: Final = 3600.0


async def keep_contacts(tx: Transaction, events: Sequence[FocalPointsChanged]) -> None:
    """Keep who is told of ministries' cases, as the programme announced it; the newest counts."""
    for event in sorted(events, key=lambda event: event.occurred_at):
        contacts = rules.contacts_of(event)
        await queries.save_contacts(tx, event.ministry, contacts, event.occurred_at)


async def look_on(tx: Transaction, search: Search, at: datetime, *, limit: int) -> Search:
    """Look at the next open tasks, and note the rungs that overdue cases have come to.

    When all were looked at, mails are planned. On a day off, and before offices open, nothing is
    looked at; of several rungs that have come since, the highest is noted only.
    """
    calendar = await calendars.read_calendar(tx)
    if not calendar.is_office_open_since_morning(at):
        return Search()
    going, today = Search() if search.is_over else search, dhaka_date(at)
    late, last = await queries.read_late(tx, going.after, today, limit)
    if late:
        by_day = {day: rules.rung_on(day, today, calendar) for day in {one.due_on for one in late}}
        await queries.insert_rungs(tx, [(one, by_day[one.due_on]) for one in late], at)
    if last is not None:
        return Search(last)
    waiting = await queries.read_to_mail(tx)
    mails = {
        rules.mail_id_of(ministry, rung, today): (ministry, rung) for ministry, rung in waiting
    }
    if mails:
        await queries.insert_mails(tx, mails, today, at)
    return Search(is_over=True)


def queue_of(clock: Clock) -> JobQueue[Mail]:
    """Return the queue of mails, of which none is claimed on a day off or before offices open."""

    async def claim(tx: Transaction, lease: Lease) -> list[Mail]:
        at = clock.now()
        calendar = await calendars.read_calendar(tx)
        if not calendar.is_office_open_since_morning(at):
            return []
        return await _written(tx, await queries.claim_mails(tx, lease), at)

    return JobQueue(
        "mail_overdue_cases",
        claim=claim,
        release=queries.release_mails,
        oldest_due_age_s=queries.read_oldest_due_age_s,
    )


async def record_mails(tx: Transaction, results: Sequence[JobResult[Mail, bool]]) -> set[UUID]:
    """Record which mails the server has taken; none fails for good.

    One that it refuses is tried again the next day: the address is corrected meanwhile.
    """
    for job_result in results:
        if job_result.failure is not None:
            failure = str(job_result.failure)
            log.error("mail not sent", ministry=job_result.job.ministry, why=failure)
    await queries.save_mails(tx, results, MAIL_REFUSED_AGAIN_S)
    return set()


async def read_rungs(
    tx: Transaction, case_ids: Collection[UUID]
) -> Mapping[tuple[UUID, date], tuple[OverdueRung, datetime]]:
    """Return the rung that overdue cases have come to last, by case and last day, and when."""
    return await queries.read_rungs(tx, case_ids)


async def forget(tx: Transaction, limit: int = 5_000) -> int:
    """Delete the rungs of cases that wait for nobody any more; return 1 if there may be more."""
    return int(await queries.delete_rungs(tx, limit) >= limit)


async def _written(tx: Transaction, claimed: Sequence[queries.Claimed], at: datetime) -> list[Mail]:
    """Return claimed mails with their cases and addresses.

    One of which no case is overdue any more is ended; one whose post is not known waits.
    """
    if not claimed:
        return []
    today = dhaka_date(at)
    counts = await queries.count_cases(tx, [mail.mail_id for mail in claimed])
    contacts = await queries.read_contacts(tx, {mail.ministry for mail in claimed})
    names = await workflows.read_names(tx)
    mails, unknown = [], []
    for mail in claimed:
        contact = rules.contact_for(contacts.get(mail.ministry, ()), mail.rung, today)
        if mail.mail_id not in counts:
            continue
        if contact is None:
            unknown.append(mail.mail_id)
            continue
        named = await queries.read_named(tx, mail.mail_id, rules.MOST_NAMED)
        mails.append(
            Mail(
                mail_id=mail.mail_id,
                ministry=mail.ministry,
                count=counts[mail.mail_id],
                named=[(one, names.get(one.public_service_id)) for one in named],
                post=contact.post,
                address=contact.mail,
                attempts=mail.mail_attempts,
                created_at=mail.planned_at,
            )
        )
    await queries.end_mails(tx, {mail.mail_id for mail in claimed} - counts.keys(), at)
    await queries.put_off(tx, unknown, _UNKNOWN_AGAIN_S)
    return mails
