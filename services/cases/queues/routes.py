"""HTTP routes of officers' queues."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from libs.bangladesh.calendar import Calendar, dhaka_date
from libs.clock import Clock
from libs.contracts.bounds import Duty
from libs.contracts.cases import (
    CaseInQueue,
    CaseQueue,
    OverdueCase,
    OverdueCases,
    QueueCounts,
    StandsIn,
    Unmanned,
)
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from libs.workflows.model import Workflow
from services.cases.calendar import use_cases as calendars
from services.cases.calendar.rules import is_promise
from services.cases.officers import use_cases as officers
from services.cases.overdue import use_cases as overdue
from services.cases.queues import use_cases
from services.cases.queues.rules import HEAD, Place, Row, read_place
from services.cases.workflows import use_cases as workflows

routes = Routes()
_MOST_OVERDUE = 100
_OF_OFFICES = ("programme", "focal_point")
_PROBLEMS = ("duty_missing", "deputy_ended", "office_changed", "qualification_missing")


class QueueQuery(BaseModel):
    """Which part of my queues."""

    duty: Annotated[Duty | None, Field(description="Of one duty; without it of all of mine")] = None
    mine: Annotated[bool, Field(description="Only what is assigned to me")] = False
    after: Annotated[str | None, Field(max_length=60, description="`next` of the page before")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=100, description="Most rows in one answer")] = 25


@routes.get("/v1/cases", roles=("officer",), problems=_PROBLEMS)
async def list_cases(query: QueueQuery, staff: Staff, tx: Transaction, clock: Clock) -> CaseQueue:
    """List what waits for my duties at my office, the nearest last day first (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    found = await use_cases.read_queue(
        tx,
        officer,
        duty=query.duty,
        only_mine=query.mine,
        after=read_place(query.after) if query.after else None,
        limit=query.limit + 1,
    )
    page = found[: query.limit]
    known = await workflows.read_versions(tx, {row.workflow_key for row in page})
    names = await workflows.read_duty_names(tx)
    calendar = await calendars.read_calendar(tx)
    more = len(found) > query.limit
    last = Place(page[-1].due_on, page[-1].case_id) if page and more else None
    return CaseQueue(
        acts_until=officer.warned_on(dhaka_date(clock.now())),
        stands_in=[
            StandsIn(duty=held.duty, duty_name=names.get(held.duty), until=held.until)
            for held in officer.standing_in(dhaka_date(clock.now()))
        ],
        items=[
            _view(
                row,
                known[row.workflow_key],
                calendar,
                names.get(row.duty),
                staff.staff_id,
                clock.now(),
            )
            for row in page
        ],
        next=last.text() if last else None,
    )


@routes.get("/v1/cases/counts", roles=("officer",), problems=_PROBLEMS)
async def count_cases(staff: Staff, tx: Transaction, clock: Clock) -> QueueCounts:
    """Count what waits for my duties at my office (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    today = dhaka_date(clock.now())
    counts = await use_cases.count_queues(tx, officer, today)
    names = await workflows.read_duty_names(tx)
    return QueueCounts(
        items=[count.model_copy(update={"duty_name": names.get(count.duty)}) for count in counts]
    )


@routes.get("/v1/cases/overdue", roles=("officer", *_OF_OFFICES), problems=_PROBLEMS)
async def list_overdue(staff: Staff, tx: Transaction, clock: Clock) -> OverdueCases:
    """List what is overdue at offices of my ministry below my area, the oldest first (officers).

    An officer without the duty `head` sees what waits for the own duties. At most 100 cases, with
    whose they are and how far up they were brought, without what is in them. The programme and
    focal points see instead at which offices cases wait that nobody there can go on with.

    Raises:
        Refused: a focal point has no body.
    """
    if "officer" not in staff.roles:
        return OverdueCases(items=[], unmanned=await _unmanned(staff, tx))
    officer = await officers.read_officer(tx, staff, clock.now())
    today = dhaka_date(clock.now())
    rows = await use_cases.read_overdue(tx, officer, today, _MOST_OVERDUE)
    waiting_for = {(row.ministry, row.office_id, row.duty) for row in rows}
    holders = await officers.read_holders(tx, waiting_for, today)
    rungs = await overdue.read_rungs(tx, [row.case_id for row in rows])
    known = await workflows.read_versions(tx, {row.workflow_key for row in rows})
    names = await workflows.read_duty_names(tx)
    calendar = await calendars.read_calendar(tx)
    items = []
    for row in rows:
        workflow = known[row.workflow_key]
        step = workflow.steps[row.step].name
        rung, reached_at = rungs.get((row.case_id, row.due_on), (None, None))
        items.append(
            OverdueCase(
                tracking_number=row.tracking_number,
                workflow_name=Text(bn=workflow.name.bn, en=workflow.name.en),
                step=Text(bn=step.bn, en=step.en),
                duty=row.duty,
                duty_name=names.get(row.duty),
                office_id=row.office_id,
                due_on=row.due_on,
                is_due_sourced=is_promise(
                    workflow, row.due_on, calendar, is_promised=row.is_promised, step=row.step
                ),
                days=(today - row.due_on).days,
                officer_ids=list(holders.get((row.ministry, row.office_id, row.duty), ())),
                rung=rung,
                rung_on=reached_at and dhaka_date(reached_at),
            )
        )
    return OverdueCases(items=items, is_own=HEAD not in officer.duties)


async def _unmanned(staff: Staff, tx: Transaction) -> list[Unmanned]:
    """Return where nobody can go on: anywhere for the programme, else in the own ministry.

    Raises:
        Refused: a focal point has no body.
    """
    ministry = None
    if "programme" not in staff.roles:
        if staff.post is None:
            raise Refused("role_missing")
        ministry = staff.post.ministry
    names = await workflows.read_duty_names(tx)
    return [
        Unmanned(
            office_id=row.office_id,
            duty=row.duty,
            duty_name=names.get(row.duty),
            cases=row.cases,
            since=row.since,
        )
        for row in await use_cases.read_unmanned(tx, ministry)
    ]


def _view(
    row: Row,
    workflow: Workflow,
    calendar: Calendar,
    duty_name: Text | None,
    officer_id: UUID,
    at: datetime,
) -> CaseInQueue:
    name = workflow.steps[row.step].name
    holds = row.assigned_until is not None and row.assigned_until > at
    return CaseInQueue(
        case_id=row.case_id,
        duty=row.duty,
        duty_name=duty_name,
        tracking_number=row.tracking_number,
        public_service_id=row.public_service_id,
        workflow_name=Text(bn=workflow.name.bn, en=workflow.name.en),
        step=Text(bn=name.bn, en=name.en),
        due_on=row.due_on,
        is_due_sourced=is_promise(
            workflow, row.due_on, calendar, is_promised=row.is_promised, step=row.step
        ),
        is_paused=row.is_paused,
        is_overdue=row.due_on < dhaka_date(at) and not row.is_paused,
        came_at=row.came_at,
        is_mine=holds and row.assigned_to == officer_id,
        assigned_until=row.assigned_until if holds else None,
    )
