"""Counts what waits by step, and does one thing with many cases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.cases import MOST_AT_ONCE, ActOnCases, BulkCase, CasesActed, NotDone
from libs.contracts.problems import PROBLEMS
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from services.cases.bulk import rules
from services.cases.bulk.rules import MOST_LOOKED_AT
from services.cases.handed_in import use_cases as handed_in
from services.cases.officers.rules import Officer
from services.cases.queues import use_cases as queues
from services.cases.queues.rules import AtStep
from services.cases.work import use_cases as work
from services.cases.work.values import Order
from services.cases.workflows import use_cases as workflows


async def count_steps(tx: Transaction, officer: Officer) -> Sequence[AtStep]:
    """Count what waits for an officer's duties by step, the largest first; up to 500 of each."""
    found = [
        replace(at_step, waiting=min(at_step.waiting, MOST_AT_ONCE))
        for at_step in await queues.count_steps(tx, officer, MOST_LOOKED_AT)
    ]
    return sorted(found, key=lambda at_step: (-at_step.waiting, at_step.duty, at_step.step))


async def read_cases(
    tx: Transaction, officer: Officer, duty: str, workflow_key: str, step: str
) -> Sequence[BulkCase]:
    """Return the nearest 500 cases of a step that wait for a duty of an officer.

    Raises:
        Refused: the officer has no such duty.
    """
    if duty not in officer.duties:
        raise Refused("duty_missing")
    at_step = AtStep(duty, workflow_key, step, MOST_AT_ONCE)
    found = dict(await queues.find_at_step(tx, officer, at_step, MOST_LOOKED_AT))
    revisions = await work.read_revisions(tx, found)
    return [
        BulkCase(case_id=case_id, revision=revisions[case_id], tracking_number=number)
        for case_id, number in found.items()
    ]


async def act(tx: Transaction, officer: Officer, body: ActOnCases, at: datetime) -> CasesActed:
    """Do one thing with many cases as the officer saw them; each has its own result.

    One for which the office has given a PDF of its own is decided by itself.

    Raises:
        Refused: it cannot be done with many cases, or their number differs; or the officer had the
            duty for a colleague, and the absence is over.
    """
    officer.check_not_over(body.duty, dhaka_date(at))
    versions = await workflows.read_versions(tx, {body.workflow})
    if body.workflow not in versions:
        raise Refused("action_unknown", body.workflow, pointer="/workflow")
    rules.check(versions[body.workflow], officer, body)
    seen = {case.case_id: case.revision for case in body.cases}
    waiting = await queues.find_waiting(tx, officer, body.duty, body.workflow, seen, at)
    cases = await work.lock_readable(tx, waiting)
    with_own = await handed_in.find_own(tx, cases)
    refused: dict[UUID, Refused] = {}
    orders = []
    for case_id, revision in seen.items():
        if case_id not in cases:
            refused[case_id] = Refused("record_damaged" if case_id in waiting else "case_changed")
            continue
        file, content = cases[case_id]
        why = rules.why_not(
            file, revision, body.step, is_held=waiting[case_id]
        ) or rules.why_by_itself(versions[body.workflow], file, body.action, with_own)
        if why is not None:
            refused[case_id] = why
            continue
        order = Order(
            rules.command_of(file, body, officer),
            at,
            actor_id=officer.officer_id,
            office_id=officer.office_id,
        )
        orders.append((file, content, order))
    announced, not_carried_out = await work.carry_out(tx, orders)
    await outbox.add(tx, announced)
    refused |= not_carried_out
    return CasesActed(
        done=len(orders) - len(not_carried_out),
        not_done=[
            NotDone(case_id=case_id, reason=PROBLEMS[refused[case_id].code].title)
            for case_id in seen
            if case_id in refused
        ],
    )
