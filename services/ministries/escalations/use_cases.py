"""Long waits brought to the ministries' focal points, and the decisions of people on them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from libs.audit.queries import record_action
from libs.contracts.ministry_operations import Level
from libs.contracts.programme import FocalPointsChanged
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.jobs import JobQueue, JobResult
from libs.jobs.mails import MAIL_REFUSED_AGAIN_S
from services.ministries.availability.rules import check_ministry
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.escalations import queries, rules
from services.ministries.escalations.rules import (
    Escalation,
    FocalPoint,
    Mail,
    WaitingDelivery,
)
from services.ministries.status import use_cases as status

MAILS: Final = JobQueue(
    "mail_escalations",
    claim=queries.claim_mails,
    release=queries.release_mails,
    oldest_due_age_s=queries.read_oldest_due_age_s,
)
"""The queue of mails, which are written with their escalations."""

log: Final = structlog.get_logger()


async def keep_focal_points(tx: Transaction, events: Sequence[FocalPointsChanged]) -> None:
    """Keep who answers for ministries, as the programme announced it; the newest event counts."""
    newest: dict[str, FocalPointsChanged] = {}
    for event in sorted(events, key=lambda event: event.occurred_at):
        newest[event.ministry] = event
    announced = {ministry: event.occurred_at for ministry, event in sorted(newest.items())}
    changed = await queries.note_announced(tx, announced)
    await queries.delete_focal_points(tx, changed)
    points = [point for ministry in changed for point in rules.points_of(newest[ministry])]
    await queries.insert_focal_points(tx, points)


async def escalate(
    tx: Transaction, *, at: datetime, next_in_line_after: timedelta
) -> list[Escalation]:
    """Bring long waits and troubles to the focal points, once each, and close the ended ones.

    Returns:
        The escalations that are open now.
    """
    oldest = await status.read_oldest_waiting(tx)
    troubles = await status.read_troubles(tx)
    due = rules.due_escalations(oldest, troubles, at, next_in_line_after=next_in_line_after)
    wanted = {(escalation.ministry, escalation.level) for escalation in due}
    are_open = await queries.read_open_escalations(tx)
    open_levels = {(escalation.ministry, escalation.level) for escalation in are_open}
    ended = [
        escalation
        for escalation in are_open
        if (escalation.ministry, escalation.level) not in wanted
    ]
    new = [
        escalation
        for escalation in due
        if (escalation.ministry, escalation.level) not in open_levels
    ]
    if ended:
        await queries.close_escalations(tx, ended, at)
    if new:
        await queries.open_escalations(tx, new)
    for escalation in new:
        log.warning(
            "escalated",
            ministry=escalation.ministry,
            level=escalation.level,
            trouble=escalation.trouble,
        )
    return [*(escalation for escalation in are_open if escalation not in ended), *new]


async def read_escalations(
    tx: Transaction, today: date
) -> tuple[list[Escalation], Mapping[tuple[str, Level], FocalPoint]]:
    """Read the open escalations, and who holds the posts on a day, by ministry and level."""
    points = await queries.read_focal_points(tx, today)
    return await queries.read_open_escalations(tx), {
        (point.ministry, point.level): point for point in points
    }


async def read_work_list(
    tx: Transaction, ministry: str, *, after: UUID | None, limit: int
) -> list[WaitingDelivery]:
    """Read the deliveries that wait for a ministry, the oldest first, without their forms.

    Raises:
        Refused: there is no such ministry.
    """
    check_ministry(ministry)
    return await queries.read_work_list(tx, ministry, after=after, limit=limit)


async def try_now(tx: Transaction, ministry: str, *, why: str, by: str) -> int:
    """Try all deliveries that wait for a ministry now; return how many were put off.

    Raises:
        Refused: there is no such ministry.
    """
    check_ministry(ministry)
    made_due = await status.try_waiting(tx, [ministry])
    await record_action(tx, actor=by, action="try now", subject=ministry, detail=why)
    return made_due


async def settle(tx: Transaction, delivery_ids: Sequence[UUID], *, why: str, by: str) -> None:
    """Give up deliveries, since the ministry has them in another way, or does not need them.

    Raises:
        Refused: one of them is unknown, or was handed over.
    """
    ministries = await queries.read_ministries_of(tx, delivery_ids)
    if ministries.keys() != set(delivery_ids):
        raise Refused("delivery_not_waiting")
    await deliveries.settle(tx, [str(delivery_id) for delivery_id in ministries])
    for delivery_id, ministry in ministries.items():
        await record_action(
            tx, actor=by, action="settle", subject=ministry, detail=f"{delivery_id}: {why}"
        )


async def record_mails(tx: Transaction, results: Sequence[JobResult[Mail, bool]]) -> set[UUID]:
    """Record which mails the server has taken; none fails for good.

    One that it refuses is tried again the next day: operators correct the address meanwhile.
    """
    for job_result in results:
        if job_result.failure is not None:
            failure = str(job_result.failure)
            log.error(
                "mail not sent",
                ministry=job_result.job.ministry,
                level=job_result.job.level,
                why=failure,
            )
    await queries.save_mails(tx, results, MAIL_REFUSED_AGAIN_S)
    return set()
