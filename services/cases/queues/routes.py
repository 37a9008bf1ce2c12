"""HTTP routes of officers' queues."""

from typing import Annotated

from pydantic import BaseModel, Field

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.bounds import Duty
from libs.contracts.cases import CaseInQueue, CaseQueue, QueueCounts
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from libs.workflows.model import Workflow
from services.cases.officers import use_cases as officers
from services.cases.queues import use_cases
from services.cases.queues.rules import Place, Row, read_place
from services.cases.workflows import use_cases as workflows

routes = Routes()
_PROBLEMS = ("duty_missing", "office_changed")


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
    officer = await officers.read_officer(tx, staff)
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
    today = dhaka_date(clock.now())
    more = len(found) > query.limit
    last = Place(page[-1].due_on, page[-1].case_id) if page and more else None
    return CaseQueue(
        items=[
            _view(row, known[row.workflow_key], staff, clock, overdue=row.due_on < today)
            for row in page
        ],
        next=last.text() if last else None,
    )


@routes.get("/v1/cases/counts", roles=("officer",), problems=_PROBLEMS)
async def count_cases(staff: Staff, tx: Transaction, clock: Clock) -> QueueCounts:
    """Count what waits for my duties at my office (officers)."""
    officer = await officers.read_officer(tx, staff)
    today = dhaka_date(clock.now())
    return QueueCounts(items=await use_cases.count_queues(tx, officer, today))


def _view(
    row: Row, workflow: Workflow, staff: Staff, clock: Clock, *, overdue: bool
) -> CaseInQueue:
    name = workflow.steps[row.step].name
    holds = row.assigned_until is not None and row.assigned_until > clock.now()
    return CaseInQueue(
        case_id=row.case_id,
        duty=row.duty,
        tracking_number=row.tracking_number,
        public_service_id=row.public_service_id,
        step=Text(bn=name.bn, en=name.en),
        due_on=row.due_on,
        is_due_sourced=workflow.clock.status == "sourced",
        is_overdue=overdue,
        came_at=row.came_at,
        is_mine=holds and row.assigned_to == staff.staff_id,
        assigned_until=row.assigned_until if holds else None,
    )
