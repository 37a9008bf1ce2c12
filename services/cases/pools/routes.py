"""HTTP routes by which two officers rank the cases of a group against a quota."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, Field

from libs.clock import Clock
from libs.contracts.language import Text
from libs.contracts.pools import (
    CancelPoolList,
    ChooseTied,
    ConfirmPoolList,
    DrawPoolList,
    PoolListLine,
    PoolOfOffice,
    Pools,
    RankedPool,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from libs.workflows.model import Name, Workflow
from services.cases.officers import use_cases as officers
from services.cases.officers.rules import Officer
from services.cases.pools import rules, use_cases
from services.cases.pools.use_cases import Seen, places_left
from services.cases.workflows import use_cases as workflows

routes = Routes()
_ROLES: Final = ("officer",)
_PROBLEMS: Final = ("duty_missing", "deputy_ended", "office_changed", "qualification_missing")
_OF_LIST: Final = (*_PROBLEMS, "pool_list_unknown")
_ANSWERS: Final = (*_OF_LIST, "approved_before", "rejected_before")
_ROWS: Final = 100


class RowQuery(BaseModel):
    """The page of a list of cases that is asked for."""

    after: Annotated[int, Field(ge=0, le=1_000_000, description="`next` of the page before")] = 0


@routes.get("/v1/cases/pools", roles=_ROLES, problems=(*_PROBLEMS, "pool_too_large"))
async def list_pools(staff: Staff, tx: Transaction, clock: Clock) -> Pools:
    """Count what waits to be ranked for my duties, by group; and list the last lists (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    counted, unreadable, known = await use_cases.count_groups(tx, officer)
    names = await workflows.read_duty_names(tx)
    lists = await use_cases.read_lists(tx, officer)
    of_lists = await workflows.read_versions(tx, {drawn.key.workflow_key for drawn in lists})
    return Pools(
        items=[
            PoolOfOffice(
                duty=key.duty,
                duty_name=names.get(key.duty),
                workflow=key.workflow_key,
                workflow_name=_text(known[key.workflow_key].name),
                step=key.step,
                step_name=_text(known[key.workflow_key].steps[key.step].name),
                group=key.group,
                waiting=waiting,
            )
            for key, waiting in sorted(counted.items(), key=lambda each: str(each[0]))
        ],
        unreadable=unreadable,
        lists=[
            PoolListLine(
                list_id=drawn.list_id,
                workflow_name=_text(of_lists[drawn.key.workflow_key].name),
                group=drawn.key.group,
                quota=drawn.quota,
                state=drawn.state,
                drawn_at=drawn.drawn_at,
            )
            for drawn in lists
        ],
    )


@routes.post(
    "/v1/cases/pools",
    roles=_ROLES,
    problems=(*_PROBLEMS, "not_found", "pool_too_large", "pool_list_under_way"),
    example={
        "duty": "union_committee",
        "workflow": "S055@1",
        "step": "rank",
        "group": "U2393",
        "quota": 12,
        "order": "স্মারক ৪১.০১.০০০০, ১ জুলাই ২০২৬",
    },
)
async def draw_pool_list(
    body: DrawPoolList, staff: Staff, tx: Transaction, clock: Clock
) -> RankedPool:
    """Rank the cases of a group against a quota, and move none (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    list_id = await use_cases.draw(tx, officer, body, clock.now())
    return await _view(tx, officer, list_id, clock)


@routes.get("/v1/cases/pools/{list_id}", roles=_ROLES, problems=_OF_LIST)
async def read_pool_list(
    list_id: UUID, query: RowQuery, staff: Staff, tx: Transaction, clock: Clock
) -> RankedPool:
    """Read a list with the next 100 of its cases; each look is noted (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    return await _view(tx, officer, list_id, clock, query.after)


@routes.post(
    "/v1/cases/pools/{list_id}/tie",
    roles=_ROLES,
    problems=(*_ANSWERS, "drawer_needed", "tie_choice_differs"),
    example={
        "case_ids": ["0198a5b0-0000-7000-8000-0000000000c1"],
        "reason": "কমিটির ৩ মার্চের সভার সিদ্ধান্ত",
    },
)
async def decide_pool_tie(
    list_id: UUID, body: ChooseTied, staff: Staff, tx: Transaction, clock: Clock
) -> RankedPool:
    """Decide between cases at the edge of the quota, on a list that I drew (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    await use_cases.decide_tie(tx, officer, list_id, body.case_ids, body.reason)
    return await _view(tx, officer, list_id, clock)


@routes.post(
    "/v1/cases/pools/{list_id}/confirmation",
    roles=_ROLES,
    problems=(
        *_ANSWERS,
        "second_person_needed",
        "tie_undecided",
        "count_differs",
        "pool_changed",
        "pool_too_large",
    ),
    example={"expected": 143},
)
async def confirm_pool_list(
    list_id: UUID, body: ConfirmPoolList, staff: Staff, tx: Transaction, clock: Clock
) -> RankedPool:
    """Confirm a list that a colleague drew, with the number of its cases (officers).

    Its cases are selected or wait from then on, in batches.
    """
    officer = await officers.read_officer(tx, staff, clock.now())
    await use_cases.confirm(tx, officer, list_id, body.expected, clock.now())
    return await _view(tx, officer, list_id, clock)


@routes.post(
    "/v1/cases/pools/{list_id}/cancellation",
    roles=_ROLES,
    problems=(*_ANSWERS, "rejection_without_reason"),
    example={"reason": "কোটার আদেশ বদলেছে।"},
)
async def cancel_pool_list(
    list_id: UUID, body: CancelPoolList, staff: Staff, tx: Transaction, clock: Clock
) -> RankedPool:
    """Cancel a list before it is confirmed; its cases wait as they did (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    await use_cases.cancel(tx, officer, list_id, body.reason, clock.now())
    return await _view(tx, officer, list_id, clock)


async def _view(
    tx: Transaction, officer: Officer, list_id: UUID, clock: Clock, after: int = 0
) -> RankedPool:
    seen = await use_cases.read_list(
        tx, officer, list_id, clock.now(), after=after, limit=_ROWS + 1
    )
    names = await workflows.read_duty_names(tx)
    return _view_of(seen, officer, names.get(seen.drawn.key.duty))


def _view_of(seen: Seen, officer: Officer, duty_name: Text | None) -> RankedPool:
    drawn, act, page = seen.drawn, seen.act, seen.page[:_ROWS]
    return RankedPool(
        list_id=drawn.list_id,
        state=drawn.state,
        duty_name=duty_name,
        workflow_name=_text(seen.workflow.name),
        step_name=_step_name(seen.workflow, drawn.key.step),
        group=drawn.key.group,
        quota=drawn.quota,
        order=act.reason,
        drawn_at=drawn.drawn_at,
        drawn_by_me=act.proposed_by == officer.officer_id,
        confirmed_at=act.approved_at,
        ended_at=drawn.ended_at,
        expected=seen.counts.total(),
        selected=seen.number("selected"),
        waiting=seen.number("waiting"),
        places=places_left(drawn, seen.counts),
        done=seen.number(done="placed"),
        left=seen.number(done="left"),
        tied=[rules.shown(case) for case in seen.tied],
        cases=[rules.shown(case) for case in page],
        next=page[-1].row_no if len(seen.page) > _ROWS else None,
    )


def _step_name(workflow: Workflow, step: str) -> Text:
    return _text(workflow.steps[step].name)


def _text(name: Name) -> Text:
    return Text(bn=name.bn, en=name.en)
