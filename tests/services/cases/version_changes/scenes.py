"""A version of a workflow that takes over open cases, and a change into it."""

import json
from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

from libs.contracts.catalogue import RoutingRule
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.workflows.model import Workflow
from libs.workflows.parsing import parse_workflow
from services.cases.version_changes import use_cases
from services.cases.version_changes.rules import VersionChange
from services.catalogue.workflows.reference import reference_workflows
from tests.services.cases.scenes import NOW, Desk

FIRST = next(workflow for workflow in reference_workflows() if workflow.key == "S005@1")
TODAY = NOW.date()
PLANNER, STARTER = "staff:1", "staff:2"
TELL = {"bn": "ওয়ার্ড সদস্যের সুপারিশ আর লাগবে না।", "en": "No recommendation is needed any more."}
SECRETARYS = RoutingRule(
    rule_id="secretary",
    version=1,
    valid_from=TODAY,
    address="permanent_address",
    office_kind="union",
    office_id="union-U9",
    office_name=Text(bn="অন্য কার্যালয়", en="Another office"),
    role="secretary",
)


def second_version(
    *, valid_from: date = TODAY, moves: bool = True, at: str = "confirm"
) -> Workflow:
    """The certificate without a recommendation: who waits for one goes on to the secretary."""
    content = json.loads(FIRST.model_dump_json(exclude_none=True))
    del content["steps"]["confirm"]
    content["steps"]["fee_here"]["otherwise"] = content["steps"]["pay"]["paid"] = "prepare"
    content |= {"version": 2, "valid_from": valid_from.isoformat()}
    if moves:
        rule = {"at": at, "to": "prepare"}
        content["moves"] = {
            "from_version": 1, "order": "circular", "status": "illustrative", "tell": TELL,
            "rules": [rule],
        }  # fmt: skip
    return parse_workflow(json.dumps(content))


async def opened(database: Database, *events: Any, offices: Any = None) -> Desk:
    """Cases of the first version, and the second one published afterwards."""
    desk = await Desk(database).prepare([FIRST], offices=offices)
    await desk.take_in(*events)
    return await desk.prepare([second_version()])


async def planned(desk: Desk, *, in_steps: int = 3) -> VersionChange:
    """A change into the second version, as it was counted."""
    async with desk.database.transaction() as tx:
        change = await use_cases.plan(tx, "S005@2", reason="circular", by=PLANNER, at=NOW)
    await gone_on(desk, steps=in_steps)
    return await read(desk, change.change_id)


async def read(desk: Desk, change_id: UUID) -> VersionChange:
    """A change as it is now."""
    async with desk.database.transaction() as tx:
        changes = await use_cases.read_changes(tx)
    return next(change for change in changes if change.change_id == change_id)


async def started(desk: Desk, change_id: UUID, expected: int, by: str = STARTER) -> None:
    """Start a change."""
    async with desk.database.transaction() as tx:
        await use_cases.start(tx, change_id, expected=expected, by=by, at=NOW)


async def gone_on(desk: Desk, *, steps: int, limit: int = 1) -> int:
    """Take steps of one case each; return how many had something to do."""
    done = 0
    for _ in range(steps):
        async with desk.database.transaction() as tx:
            done += await use_cases.go_on(tx, at=NOW, limit=limit)
    return done


async def killed(desk: Desk) -> None:
    """Take a step that is not committed."""
    async with desk.database.transaction() as tx:
        await use_cases.go_on(tx, at=NOW, limit=1)
        raise RuntimeError


async def versions(desk: Desk) -> Counter[tuple[Any, ...]]:
    """How many cases are in which version at which step."""
    return Counter(await desk.rows("SELECT version, step FROM cases"))
