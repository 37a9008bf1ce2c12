"""Lets clocks run out."""

from datetime import datetime
from typing import get_args

from libs.database.transaction import Transaction
from libs.messaging.writing import outbox
from libs.workflows.commands import ClockKind, Elapse
from services.cases.work import use_cases as work
from services.cases.work.values import Order

_KINDS: dict[str, ClockKind] = {kind: kind for kind in get_args(ClockKind)}


async def run_out(tx: Transaction, *, at: datetime, limit: int) -> int:
    """Carry out what is due since clocks ran out, the oldest first; return how many.

    A case whose row somebody else has at the moment is left for the next time.
    """
    due = await work.lock_due_cases(tx, at, limit)
    if not due:
        return 0
    first = {case_id: (kind, visit) for case_id, kind, visit in reversed(due)}
    files = await work.lock_cases(tx, first)
    contents = await work.read_contents(tx, first)
    announced, _ = await work.carry_out(
        tx,
        [
            (file, contents[case_id], Order(Elapse(visit, _KINDS[kind]), at))
            for case_id, (kind, visit) in first.items()
            for file in [files[case_id]]
        ],
    )
    await outbox.add(tx, announced)
    return len(first)
