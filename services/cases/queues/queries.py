"""SQL of open tasks: the queues of offices, and to whom they are assigned."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.cases.officers.rules import Officer
from services.cases.queues.rules import (
    Assigned,
    AtStep,
    Figure,
    Overdue,
    Place,
    Row,
    Task,
    Waiting,
    Wanted,
)


class TaskRow(NamedTuple):
    """An open task."""

    case_id: UUID
    duty: str
    visit: int
    step: str
    office_id: str
    ministry: str
    public_service_id: str
    tracking_number: str
    workflow_key: str
    due_on: date
    is_promised: bool
    is_paused: bool
    area: str | None


async def save_tasks(
    tx: Transaction,
    case_ids: Collection[UUID],
    tasks: Sequence[Task],
    acts: Sequence[tuple[UUID, str]],
) -> None:
    """Make the open tasks of cases those that are given, and note those that have ended.

    A task of the same visit at the same office stays with whom it is assigned to.

    Args:
        tx: the transaction.
        case_ids: of all cases that change.
        tasks: all their open work.
        acts: what officers did: the case, and the duty in which it was done; empty for all.
    """
    await tx.execute(
        """
        WITH given AS (
            SELECT *
              FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                          $8::text[], $9::text[], $10::text[], $11::date[], $12::boolean[],
                          $13::boolean[], $14::text[])
                   AS given (case_id, duty, visit, step, office_id, ministry, public_service_id,
                             tracking_number, workflow_key, due_on, is_promised, is_paused, area)
        ), noted AS (
            INSERT INTO ended_tasks (
                   case_id, duty, visit, office_id, ministry, public_service_id, area, due_on,
                   came_at, ended_at, by_act)
            SELECT case_id, duty, visit, office_id, ministry, public_service_id, area, due_on,
                   came_at, now(),
                   EXISTS (SELECT FROM unnest($15::uuid[], $16::text[]) AS done (in_case, in_duty)
                            WHERE in_case = case_id AND in_duty IN ('', duty))
              FROM tasks
             WHERE case_id = ANY($1::uuid[])
               AND (case_id, duty, visit, office_id)
                   NOT IN (SELECT case_id, duty, visit, office_id FROM given)
                ON CONFLICT DO NOTHING
        ), over AS (
            DELETE FROM tasks
             WHERE case_id = ANY($1::uuid[])
               AND (case_id, duty) NOT IN (SELECT case_id, duty FROM given)
        )
        INSERT INTO tasks (
               case_id, duty, visit, step, office_id, ministry, public_service_id,
               tracking_number, workflow_key, due_on, is_promised, is_paused, came_at, area)
        SELECT case_id, duty, visit, step, office_id, ministry, public_service_id,
               tracking_number, workflow_key, due_on, is_promised, is_paused, now(), area
          FROM given
            ON CONFLICT (case_id, duty) DO UPDATE
           SET visit = excluded.visit, step = excluded.step, office_id = excluded.office_id,
               ministry = excluded.ministry, workflow_key = excluded.workflow_key,
               due_on = excluded.due_on, is_promised = excluded.is_promised,
               is_paused = excluded.is_paused, area = excluded.area,
               came_at = CASE WHEN tasks.visit = excluded.visit THEN tasks.came_at
                              ELSE excluded.came_at END,
               assigned_to = CASE WHEN (tasks.visit, tasks.office_id)
                                       = (excluded.visit, excluded.office_id)
                                  THEN tasks.assigned_to END,
               assigned_until = CASE WHEN (tasks.visit, tasks.office_id)
                                          = (excluded.visit, excluded.office_id)
                                     THEN tasks.assigned_until END
        """,
        list(case_ids),
        *columns(TaskRow, [_row(task) for task in tasks]),
        [case_id for case_id, _ in acts],
        [duty for _, duty in acts],
    )


def _row(task: Task) -> TaskRow:
    return TaskRow(
        case_id=task.case_id,
        duty=task.duty,
        visit=task.visit,
        step=task.step,
        office_id=task.office_id,
        ministry=task.ministry,
        public_service_id=task.public_service_id,
        tracking_number=task.tracking_number,
        workflow_key=task.workflow_key,
        due_on=task.due_on,
        is_promised=task.is_promised,
        is_paused=task.is_paused,
        area=task.area,
    )


async def move_days(tx: Transaction, due_on: Mapping[UUID, date]) -> None:
    """Set the last days of cases at their open tasks."""
    await tx.execute(
        """
        UPDATE tasks
           SET due_on = given.due_on
          FROM unnest($1::uuid[], $2::date[]) AS given (case_id, due_on)
         WHERE tasks.case_id = given.case_id AND tasks.due_on <> given.due_on
        """,
        list(due_on),
        list(due_on.values()),
    )


async def read_tasks(tx: Transaction, case_id: UUID) -> list[Assigned]:
    """Read the open tasks of a case."""
    rows = await tx.fetch(
        """
        SELECT duty, office_id, ministry, assigned_to, assigned_until AS until
          FROM tasks
         WHERE case_id = $1
         ORDER BY duty
        """,
        case_id,
    )
    return [Assigned(**row) for row in rows]


async def assign_task(  # noqa: PLR0913
    tx: Transaction,
    case_id: UUID,
    duty: str,
    officer: Officer,
    at: datetime,
    until: datetime,
    *,
    take_over: bool,
) -> bool:
    """Assign a task, unless another officer has it; return whether it is the officer's now."""
    updated = await tx.execute(
        """
        UPDATE tasks
           SET assigned_to = $4, assigned_until = $6
         WHERE case_id = $1 AND duty = $2 AND office_id = $3 AND ministry = $8
           AND (assigned_to IS NULL OR assigned_to = $4 OR assigned_until <= $5 OR $7)
        """,
        case_id,
        duty,
        officer.office_id,
        officer.officer_id,
        at,
        until,
        take_over,
        officer.ministry,
    )
    return updated == 1


async def release_tasks(tx: Transaction, case_id: UUID, officer_id: UUID) -> None:
    """Assign the tasks of a case that an officer has to nobody."""
    await tx.execute(
        """
        UPDATE tasks SET assigned_to = NULL, assigned_until = NULL
         WHERE case_id = $1 AND assigned_to = $2
        """,
        case_id,
        officer_id,
    )


async def read_queue(
    tx: Transaction,
    officer: Officer,
    duties: Collection[str],
    *,
    assigned_to: UUID | None,
    after: Place | None,
    limit: int,
) -> list[Row]:
    """Read what waits for duties of an officer's office, the nearest last day first.

    Args:
        tx: the transaction.
        officer: the officer.
        duties: the duties.
        assigned_to: only what is assigned to this officer; None for all.
        after: only what stands behind this place.
        limit: how many at most.
    """
    rows = await tx.fetch(
        """
        SELECT case_id, duty, step, workflow_key, tracking_number, public_service_id, due_on,
               is_promised, is_paused, came_at, assigned_to, assigned_until
          FROM unnest($2::text[]) AS wanted (wanted_duty)
         CROSS JOIN LATERAL (
                SELECT case_id, duty, step, workflow_key, tracking_number, public_service_id,
                       due_on, is_promised, is_paused, came_at, assigned_to, assigned_until
                  FROM tasks
                 WHERE office_id = $1 AND duty = wanted_duty AND ministry = $7
                   AND ($3::uuid IS NULL OR assigned_to = $3 AND assigned_until > now())
                   AND (due_on, case_id) > ($4::date, $5::uuid)
                 ORDER BY due_on, case_id
                 LIMIT $6) AS found
         ORDER BY due_on, case_id
         LIMIT $6
        """,
        officer.office_id,
        list(duties),
        assigned_to,
        after.due_on if after else date.min,
        after.case_id if after else UUID(int=0),
        limit,
        officer.ministry,
    )
    return [Row(**row) for row in rows]


async def count_queue(
    tx: Transaction, officer: Officer, duty: str, today: date, most: int
) -> tuple[int, int, int, int]:
    """Count what waits for a duty of an office: all, the officer's, due today, and overdue.

    Each count ends at `most`. The predicates are those of the queue.
    """
    row = await tx.fetchrow(
        """
        SELECT (SELECT count(*)
                  FROM (SELECT
                          FROM tasks
                         WHERE office_id = $1 AND duty = $2 AND ministry = $6
                         LIMIT $5) AS found),
               (SELECT count(*)
                  FROM tasks
                 WHERE assigned_to = $3 AND assigned_until > now()
                   AND office_id = $1 AND duty = $2 AND ministry = $6),
               (SELECT count(*)
                  FROM (SELECT
                          FROM tasks
                         WHERE office_id = $1 AND duty = $2 AND ministry = $6 AND due_on = $4
                           AND NOT is_paused
                         LIMIT $5) AS found),
               (SELECT count(*)
                  FROM (SELECT
                          FROM tasks
                         WHERE office_id = $1 AND duty = $2 AND ministry = $6 AND due_on < $4
                           AND NOT is_paused
                         LIMIT $5) AS found)
        """,
        officer.office_id,
        duty,
        officer.officer_id,
        today,
        most,
        officer.ministry,
    )
    all_of_them, mine, today_too, late = row or (0, 0, 0, 0)
    return all_of_them, mine, today_too, late


async def read_own_overdue(
    tx: Transaction, officer: Officer, today: date, limit: int
) -> list[Overdue]:
    """Read tasks of overdue cases that wait for an officer's duties, the oldest first."""
    rows = await tx.fetch(
        """
        SELECT case_id, ministry, tracking_number, workflow_key, step, duty, office_id, due_on,
               is_promised
          FROM tasks
         WHERE office_id = $1 AND duty = ANY($2) AND ministry = $3 AND due_on < $4
           AND NOT is_paused
         ORDER BY due_on, case_id
         LIMIT $5
        """,
        officer.office_id,
        list(officer.duties),
        officer.ministry,
        today,
        limit,
    )
    return [Overdue(**row) for row in rows]


async def read_overdue(tx: Transaction, officer: Officer, today: date, limit: int) -> list[Overdue]:
    """Read tasks of overdue cases at offices of an officer's ministry, the oldest first.

    Args:
        tx: the transaction.
        officer: only cases in the area of this officer's office; all where it has none.
        today: the day in Dhaka.
        limit: how many at most.
    """
    rows = await tx.fetch(
        """
        SELECT case_id, ministry, tracking_number, workflow_key, step, duty, office_id, due_on,
               is_promised
          FROM tasks
         WHERE ministry = $1 AND due_on < $2 AND NOT is_paused
           AND ($3::text IS NULL OR starts_with(area, $3))
         ORDER BY due_on, case_id
         LIMIT $4
        """,
        officer.ministry,
        today,
        officer.area,
        limit,
    )
    return [Overdue(**row) for row in rows]


async def keep_stalled(tx: Transaction, case_ids: Collection[UUID], at: datetime) -> None:
    """Store what a whole search has found in place of what the one before did."""
    await tx.execute("DELETE FROM stalled WHERE case_id <> ALL($1::uuid[])", list(case_ids))
    await tx.execute(
        """
        INSERT INTO stalled (case_id, found_at)
        SELECT case_id, $2
          FROM unnest($1::uuid[]) AS found (case_id)
            ON CONFLICT DO NOTHING
        """,
        list(case_ids),
        at,
    )


async def read_stalled(tx: Transaction, ministry: str | None, limit: int) -> list[Waiting]:
    """Read tasks of the cases that were found first; of all ministries for None."""
    found = await tx.fetch(
        "SELECT case_id, found_at FROM stalled ORDER BY found_at, case_id LIMIT $1", limit
    )
    since = {row["case_id"]: row["found_at"] for row in found}
    rows = await tx.fetch(
        """
        SELECT case_id, office_id, duty
          FROM tasks
         WHERE case_id = ANY($1::uuid[]) AND ($2::text IS NULL OR ministry = $2)
        """,
        list(since),
        ministry,
    )
    return [Waiting(row["office_id"], row["duty"], since[row["case_id"]]) for row in rows]


async def count_by(
    tx: Transaction, officer: Officer, wanted: Wanted, since: datetime, today: date, limit: int
) -> list[Figure]:
    """Count the work at offices of an officer's ministry, by office, duty or public service.

    The rows with the most overdue cases come first.

    Args:
        tx: the transaction.
        officer: only cases in the area of this officer's office; all where it has none.
        wanted: by what, and of which office, duty or public service only.
        since: what came and was done from then on.
        today: the day in Dhaka.
        limit: how many rows at most.
    """
    rows = await tx.fetch(
        """
        SELECT CASE $4 WHEN 'office' THEN office_id WHEN 'duty' THEN duty
                       ELSE public_service_id END AS key,
               count(*) FILTER (WHERE came_at >= $3) AS came,
               count(*) FILTER (WHERE by_act) AS done,
               count(*) FILTER (WHERE by_act IS NULL) AS waiting,
               count(*) FILTER (WHERE by_act IS NULL AND due_on < $8 AND NOT is_paused)
                   AS overdue,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY now() - came_at)
                   FILTER (WHERE by_act IS NULL) AS median_age
          FROM (SELECT office_id, duty, public_service_id, area, due_on, is_paused, came_at,
                       NULL::boolean AS by_act
                  FROM tasks
                 WHERE ministry = $1
                 UNION ALL
                SELECT office_id, duty, public_service_id, area, due_on, false, came_at, by_act
                  FROM ended_tasks
                 WHERE ministry = $1 AND ended_at >= $3) AS work
         WHERE ($2::text IS NULL OR starts_with(area, $2))
           AND ($5::text IS NULL OR office_id = $5)
           AND ($6::text IS NULL OR duty = $6)
           AND ($7::text IS NULL OR public_service_id = $7)
         GROUP BY 1
         ORDER BY overdue DESC, waiting DESC, key
         LIMIT $9
        """,
        officer.ministry,
        officer.area,
        since,
        wanted.by,
        wanted.office_id,
        wanted.duty,
        wanted.public_service_id,
        today,
        limit,
    )
    return [Figure(**row) for row in rows]


async def delete_ended(tx: Transaction, before: datetime, limit: int) -> int:
    """Delete the tasks that ended before a time; return how many."""
    return await tx.execute(
        """
        DELETE FROM ended_tasks
         WHERE (case_id, duty, visit, office_id) IN (
               SELECT case_id, duty, visit, office_id
                 FROM ended_tasks
                WHERE ended_at < $1
                ORDER BY ended_at
                LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        """,
        before,
        limit,
    )


async def count_steps(tx: Transaction, officer: Officer, duty: str, looked_at: int) -> list[AtStep]:
    """Count what waits for a duty of an officer's office, by step; of the nearest so many."""
    rows = await tx.fetch(
        """
        SELECT workflow_key, step, count(*) AS waiting
          FROM (SELECT workflow_key, step
                  FROM tasks
                 WHERE office_id = $1 AND duty = $2 AND ministry = $3
                 ORDER BY due_on, case_id
                 LIMIT $4) AS nearest
         GROUP BY workflow_key, step
        """,
        officer.office_id,
        duty,
        officer.ministry,
        looked_at,
    )
    return [AtStep(duty, **row) for row in rows]


async def find_at_step(
    tx: Transaction, officer: Officer, at_step: AtStep, looked_at: int
) -> list[tuple[UUID, str]]:
    """Find the nearest cases of a step that wait for a duty, with their tracking numbers.

    Args:
        tx: the transaction.
        officer: at whose office.
        at_step: the duty and the step, and how many at most.
        looked_at: among so many of the duty.
    """
    rows = await tx.fetch(
        """
        SELECT case_id, tracking_number
          FROM (SELECT case_id, tracking_number, workflow_key, step, due_on
                  FROM tasks
                 WHERE office_id = $1 AND duty = $2 AND ministry = $3
                 ORDER BY due_on, case_id
                 LIMIT $6) AS nearest
         WHERE workflow_key = $4 AND step = $5
         ORDER BY due_on, case_id
         LIMIT $7
        """,
        officer.office_id,
        at_step.duty,
        officer.ministry,
        at_step.workflow_key,
        at_step.step,
        looked_at,
        at_step.waiting,
    )
    return [(row["case_id"], row["tracking_number"]) for row in rows]


async def find_waiting(
    tx: Transaction,
    officer: Officer,
    duty: str,
    workflow_key: str,
    case_ids: Collection[UUID],
    at: datetime,
) -> dict[UUID, bool]:
    """Find which cases wait for a duty of an officer's office; whether a colleague has them."""
    rows = await tx.fetch(
        """
        SELECT case_id, coalesce(assigned_to <> $6 AND assigned_until > $7, false) AS is_held
          FROM tasks
         WHERE case_id = ANY($1::uuid[])
           AND duty = $2 AND office_id = $3 AND ministry = $4 AND workflow_key = $5
        """,
        list(case_ids),
        duty,
        officer.office_id,
        officer.ministry,
        workflow_key,
        officer.officer_id,
        at,
    )
    return {row["case_id"]: row["is_held"] for row in rows}
