"""Keeps open tasks and to whom they are assigned; reads and counts queues."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.cases import QueueCount
from libs.database.transaction import Transaction
from services.cases.officers.rules import Officer
from services.cases.queues import queries
from services.cases.queues.rules import (
    ASSIGNED_FOR,
    ENDED_KEPT,
    FIGURES_OF,
    HEAD,
    MOST_COUNTED,
    Assigned,
    AtStep,
    Figure,
    Overdue,
    Place,
    Row,
    Task,
    Unmanned,
    Wanted,
    unmanned,
)

_MOST_STALLED: Final = 5_000


async def save_tasks(
    tx: Transaction,
    case_ids: Collection[UUID],
    tasks: Sequence[Task],
    acts: Sequence[tuple[UUID, str]],
) -> None:
    """Make the open tasks of cases those that are given; who has one keeps it at the same visit.

    Args:
        tx: the transaction.
        case_ids: of all cases that change.
        tasks: all their open work.
        acts: what officers did, which figures count as done: the case, and the duty in which it was
            done; empty for all.
    """
    await queries.save_tasks(tx, case_ids, tasks, acts)


async def move_days(tx: Transaction, due_on: Mapping[UUID, date]) -> None:
    """Set the last days of cases at their open tasks, by case."""
    await queries.move_days(tx, due_on)


async def read_tasks(tx: Transaction, case_id: UUID) -> list[Assigned]:
    """Read the open tasks of a case."""
    return await queries.read_tasks(tx, case_id)


async def assign_task(
    tx: Transaction,
    case_id: UUID,
    duty: str,
    officer: Officer,
    at: datetime,
    *,
    take_over: bool,
) -> datetime | None:
    """Assign a task to an officer of its office for 15 minutes, and return until when.

    None if there is no such task at the office, or a colleague has it.
    """
    until = at + ASSIGNED_FOR
    is_assigned = await queries.assign_task(
        tx, case_id, duty, officer, at, until, take_over=take_over
    )
    return until if is_assigned else None


async def release_tasks(tx: Transaction, case_id: UUID, officer_id: UUID) -> None:
    """Assign the tasks of a case that an officer has to nobody."""
    await queries.release_tasks(tx, case_id, officer_id)


async def read_queue(
    tx: Transaction,
    officer: Officer,
    *,
    duty: str | None,
    only_mine: bool,
    after: Place | None,
    limit: int,
) -> Sequence[Row]:
    """Return what waits for an officer's duties, or for one of them, the nearest day first."""
    duties = [held for held in sorted(officer.duties) if duty in {None, held}]
    return await queries.read_queue(
        tx,
        officer,
        duties,
        assigned_to=officer.officer_id if only_mine else None,
        after=after,
        limit=limit,
    )


async def count_queues(tx: Transaction, officer: Officer, today: date) -> list[QueueCount]:
    """Return the numbers of an officer's queues."""
    counts = []
    for duty in sorted(officer.duties):
        waiting, mine, due_today, overdue = await queries.count_queue(
            tx, officer, duty, today, MOST_COUNTED
        )
        counts.append(
            QueueCount(duty=duty, waiting=waiting, mine=mine, due_today=due_today, overdue=overdue)
        )
    return counts


async def read_overdue(
    tx: Transaction, officer: Officer, today: date, limit: int
) -> Sequence[Overdue]:
    """Return tasks of overdue cases below a superior's area, the oldest last day first.

    For an officer who is no superior they are those of the own duties.
    """
    if HEAD in officer.duties:
        return await queries.read_overdue(tx, officer, today, limit)
    return await queries.read_own_overdue(tx, officer, today, limit)


async def count_by(
    tx: Transaction, officer: Officer, wanted: Wanted, at: datetime, limit: int
) -> Sequence[Figure]:
    """Count the work below a superior by office, duty or service, the most overdue first."""
    today = dhaka_date(at)
    return await queries.count_by(tx, officer, wanted, at - FIGURES_OF, today, limit)


async def forget_ended(tx: Transaction, at: datetime, limit: int = 5_000) -> int:
    """Delete tasks that ended long ago; return 1 if there may be more."""
    return int(await queries.delete_ended(tx, at - ENDED_KEPT, limit) == limit)


async def count_steps(tx: Transaction, officer: Officer, looked_at: int) -> list[AtStep]:
    """Count what waits for an officer's duties by step; of each duty the nearest so many."""
    return [
        at_step
        for duty in sorted(officer.duties)
        for at_step in await queries.count_steps(tx, officer, duty, looked_at)
    ]


async def find_at_step(
    tx: Transaction, officer: Officer, at_step: AtStep, looked_at: int
) -> Sequence[tuple[UUID, str]]:
    """Find the nearest cases of a step that wait for a duty, with their tracking numbers."""
    return await queries.find_at_step(tx, officer, at_step, looked_at)


async def find_waiting(
    tx: Transaction,
    officer: Officer,
    duty: str,
    workflow_key: str,
    case_ids: Collection[UUID],
    at: datetime,
) -> Mapping[UUID, bool]:
    """Find which of these cases wait for a duty of an officer; whether a colleague has them."""
    return await queries.find_waiting(tx, officer, duty, workflow_key, case_ids, at)


async def keep_stalled(tx: Transaction, case_ids: Collection[UUID], at: datetime) -> None:
    """Keep which cases nobody can go on with, in place of those that were known before."""
    await queries.keep_stalled(tx, case_ids, at)


async def read_unmanned(tx: Transaction, ministry: str | None) -> list[Unmanned]:
    """Return where cases wait that nobody there can go on with; of all ministries for None."""
    return unmanned(await queries.read_stalled(tx, ministry, _MOST_STALLED))
