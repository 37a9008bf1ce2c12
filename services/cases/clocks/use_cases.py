"""Lets clocks run out."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, get_args
from uuid import UUID

from libs.contracts.topics import DESK_SUBMISSIONS
from libs.database.transaction import Transaction
from libs.dead_letters import use_cases as dead_letters
from libs.messaging.writing import outbox
from libs.workflows.commands import ClockKind, Elapse
from services.cases.calendar import use_cases as calendars
from services.cases.work import use_cases as work
from services.cases.work.values import CaseFile, Content, Order

CORRECTION: Final[frozenset[ClockKind]] = frozenset({"correction"})
"""The clock of what a citizen may do, whose form comes by a topic."""
OF_STEPS: Final[frozenset[ClockKind]] = frozenset(get_args(ClockKind)) - CORRECTION

_AGAIN: Final = timedelta(hours=1)
_KINDS: dict[str, ClockKind] = {kind: kind for kind in get_args(ClockKind)}


async def move_days(tx: Transaction, *, at: datetime, limit: int) -> int:
    """Reckon the days of some open cases again, since the calendar has changed.

    A killed process goes on where it was; a second run finds every day as it is.

    Returns:
        1 if there may be more, else 0.
    """
    after = await calendars.lock_progress(tx)
    if after is None:
        return 0
    calendar = await calendars.read_calendar(tx)
    await calendars.save_progress(
        tx, await work.reckon_again(tx, calendar, after, at=at, limit=limit)
    )
    return 1


async def is_due(tx: Transaction, kinds: Collection[ClockKind], *, at: datetime) -> bool:
    """Return whether a clock of these kinds has run out."""
    return bool(await work.lock_due_cases(tx, at, kinds, 1))


async def run_out(
    tx: Transaction, kinds: Collection[ClockKind], *, at: datetime, limit: int
) -> int:
    """Carry out what is due since clocks of these kinds ran out, the oldest first; return how many.

    A case whose row somebody else has at the moment is left for the next time. One that is damaged,
    whose step refuses it, whose correction may be a dead letter, or of which nothing comes is
    looked at again after an hour: the others go on.
    """
    due = await work.lock_due_cases(tx, at, kinds, limit)
    if not due:
        return 0
    first = {case_id: (kind, visit) for case_id, kind, visit in reversed(due)}
    cases = await _without_blocked(tx, await work.lock_readable(tx, first))
    changes, _ = await work.prepare(
        tx,
        [
            (*cases[case_id], Order(Elapse(visit, _KINDS[kind]), at))
            for case_id, (kind, visit) in first.items()
            if case_id in cases
        ],
    )
    refused = await work.store(tx, changes) if changes else {}
    done = [change for change in changes if change.file.case_id not in refused]
    await outbox.add(tx, [event for change in done for event in change.announced])
    stuck = first.keys() - {change.file.case_id for change in done}
    await work.put_off(tx, stuck, before=at, to=at + _AGAIN)
    return len(first)


async def _without_blocked(
    tx: Transaction, cases: Mapping[UUID, tuple[CaseFile, Content]]
) -> dict[UUID, tuple[CaseFile, Content]]:
    """Leave out cases that wait for a correction while a dead letter holds what their citizen sent.

    It came in time, and counts when an operator has replayed it.
    """
    keys = {
        case_id: (DESK_SUBMISSIONS.name, str(file.application_id).encode())
        for case_id, (file, _) in cases.items()
        if file.state.status == "correction"
    }
    blocked = await dead_letters.blocked_keys(tx, keys.values()) if keys else set()
    return {case_id: case for case_id, case in cases.items() if keys.get(case_id) not in blocked}
