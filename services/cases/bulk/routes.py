"""HTTP routes by which an officer does one thing with many cases."""

from typing import Annotated

from pydantic import BaseModel, Field

from libs.clock import Clock
from libs.contracts.bounds import Duty
from libs.contracts.cases import (
    ActOnCases,
    BulkCases,
    BulkGroup,
    BulkGroups,
    CasesActed,
    WorkflowKey,
    WorkflowStep,
)
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.cases.bulk import use_cases
from services.cases.bulk.rules import choices
from services.cases.officers import use_cases as officers
from services.cases.workflows import use_cases as workflows

routes = Routes()
_PROBLEMS = ("duty_missing", "deputy_ended", "office_changed", "qualification_missing")


class StepQuery(BaseModel):
    """Which cases."""

    duty: Annotated[Duty, Field(description="Of mine, for which they wait")]
    workflow: WorkflowKey
    step: WorkflowStep


@routes.get("/v1/cases/bulk", roles=("officer",), problems=_PROBLEMS)
async def list_bulk_groups(staff: Staff, tx: Transaction, clock: Clock) -> BulkGroups:
    """Count by step what waits for my duties, with what can be done with many at once (officers).

    Of each duty the nearest 5,000 are counted, and a step up to 500.
    """
    officer = await officers.read_officer(tx, staff, clock.now())
    groups = await use_cases.count_steps(tx, officer)
    known = await workflows.read_versions(tx, {group.workflow_key for group in groups})
    names = await workflows.read_duty_names(tx)
    items = []
    for group in groups:
        workflow = known[group.workflow_key]
        step = workflow.steps[group.step].name
        items.append(
            BulkGroup(
                duty=group.duty,
                duty_name=names.get(group.duty),
                workflow=group.workflow_key,
                workflow_name=Text(bn=workflow.name.bn, en=workflow.name.en),
                step=group.step,
                step_name=Text(bn=step.bn, en=step.en),
                waiting=group.waiting,
                actions=list(choices(workflow, group.step)),
            )
        )
    return BulkGroups(items=items)


@routes.get("/v1/cases/bulk/cases", roles=("officer",), problems=_PROBLEMS)
async def list_bulk_cases(
    query: StepQuery, staff: Staff, tx: Transaction, clock: Clock
) -> BulkCases:
    """List the cases of a step that wait for a duty of mine, the nearest 500 (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    found = await use_cases.read_cases(tx, officer, query.duty, query.workflow, query.step)
    return BulkCases(items=list(found))


@routes.post(
    "/v1/cases/bulk",
    roles=("officer",),
    problems=(*_PROBLEMS, "action_unknown", "count_differs"),
    example={
        "duty": "secretary",
        "workflow": "S005@1",
        "step": "prepare",
        "action": "forward",
        "count": 1,
        "cases": [{"case_id": "0198a5b0-0000-7000-8000-0000000000c1", "revision": 3}],
    },
)
async def act_on_cases(body: ActOnCases, staff: Staff, tx: Transaction, clock: Clock) -> CasesActed:
    """Do one thing with up to 500 cases of a step, as I saw them (officers).

    It is never a refusal. Each case has its own result; one that has changed since is left as it
    is, and named. A repeat does nothing: all of them have changed by then.
    """
    officer = await officers.read_officer(tx, staff, clock.now())
    return await use_cases.act(tx, officer, body, clock.now())
