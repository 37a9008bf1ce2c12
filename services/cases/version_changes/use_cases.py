"""Plans, counts, starts and does changes of open cases to a later version."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.workflows.commands import Move
from libs.workflows.model import Workflow
from services.cases.version_changes import queries, rules
from services.cases.version_changes.rules import VersionChange
from services.cases.work import use_cases as work
from services.cases.work.values import Order
from services.cases.workflows import use_cases as workflows

AT_ONCE: Final = 500


async def plan(
    tx: Transaction, workflow_key: str, *, reason: str, by: str, at: datetime
) -> VersionChange:
    """Plan a change into a version such as `S020@2`: it only counts until it is started.

    Raises:
        Refused: there is no such version, it says nothing of open cases, or another change of the
            workflow is under way.
    """
    change = rules.plan(await _version(tx, workflow_key), new_id(), by, at, reason)
    if not await queries.insert_change(tx, change):
        raise Refused("version_change_under_way")
    return change


async def start(
    tx: Transaction, change_id: UUID, *, expected: int, by: str, at: datetime
) -> VersionChange:
    """Start a change that was counted; the service does it from now on, in batches.

    Raises:
        Refused: there is no such change, it is not counted, its version does not hold yet, the same
            person planned it, or other cases are open now than were counted.
    """
    change = await _lock(tx, change_id)
    started = rules.start(
        change,
        expected=expected,
        open_now=await work.count_open_of(tx, change.workflow, change.from_version),
        holds_from=(await _version(tx, change.workflow_key)).valid_from,
        today=dhaka_date(at),
        by=by,
        at=at,
    )
    await queries.update_change(tx, started)
    return started


async def cancel(tx: Transaction, change_id: UUID, *, by: str, at: datetime) -> VersionChange:
    """Stop a change; the cases that it moved stay moved.

    Raises:
        Refused: there is no such change, or it has ended.
    """
    change = await _lock(tx, change_id)
    if change.ended_at is not None:
        raise Refused("version_change_not_counted")
    await record_action(tx, actor=by, action="cancel change of version", subject=str(change_id))
    cancelled = replace(change, state="cancelled", ended_at=at)
    await queries.update_change(tx, cancelled)
    return cancelled


async def read_change(tx: Transaction, change_id: UUID) -> VersionChange:
    """Read a change with its counts.

    Raises:
        Refused: there is no such change.
    """
    change = await queries.read_change(tx, change_id)
    if change is None:
        raise Refused("version_change_unknown")
    return change


async def read_changes(
    tx: Transaction, *, after: UUID | None = None, limit: int = 100
) -> list[VersionChange]:
    """Read the last changes, the newest first; with `after`, those that stand behind this one."""
    return await queries.read_changes(tx, after=after, limit=limit)


async def go_on(tx: Transaction, *, at: datetime, limit: int = AT_ONCE) -> int:
    """Count or move the next cases of the change that was planned first.

    Cases, what their citizens are told, and the cursor are written in one transaction: after a
    crash the rest is moved. One process at a time works on a change. A case that an officer acts on
    at this moment is waited for; one that cannot be read stays in its version, and is counted so.

    Returns:
        1 if there is more to do now, else 0.
    """
    change = await queries.lock_next_change(tx)
    if change is None:
        return 0
    ids = await work.find_open_of(
        tx, change.workflow, change.from_version, after=change.cursor, limit=limit
    )
    cases = await work.lock_readable(tx, ids)
    going = [pair for pair in cases.values() if pair[0].closed_at is None]
    workflow = await _version(tx, change.workflow_key)
    tell = workflow.moves.tell if workflow.moves else None
    note = Text(bn=tell.bn, en=tell.en) if tell else None
    orders = [(file, content, Order(Move(), at, note=note)) for file, content in going]
    changes, _ = await work.prepare(tx, orders, into=workflow)
    is_done = change.state == "moving"
    if is_done and changes:
        citizens = {moved.file.citizen_id for moved in changes}
        theirs = await work.find_cases_of(tx, citizens)
        told_by = await queries.read_told(tx, change.change_id, theirs)
        changes, told = rules.told_once(changes, {theirs[case_id] for case_id in told_by})
        refused = await work.store(tx, changes)
        changes = [moved for moved in changes if moved.file.case_id not in refused]
        await queries.insert_told(tx, change.change_id, told - refused.keys())
        await outbox.add(tx, [event for moved in changes for event in moved.announced])
    ways = rules.ways_of([file for file, _ in going], changes, len(ids) - len(cases))
    await queries.add_counts(tx, change.change_id, ways, is_done=is_done)
    await queries.update_change(tx, rules.after_batch(change, ids[-1] if ids else None, at))
    return 1


async def forget_told(tx: Transaction, case_ids: Collection[UUID]) -> None:
    """Delete which cases led to a message."""
    await queries.delete_told(tx, case_ids)


async def _version(tx: Transaction, workflow_key: str) -> Workflow:
    found = (await workflows.read_versions(tx, [workflow_key])).get(workflow_key)
    if found is None:
        raise Refused("workflow_version_unknown")
    return found


async def _lock(tx: Transaction, change_id: UUID) -> VersionChange:
    change = await queries.lock_change(tx, change_id)
    if change is None:
        raise Refused("version_change_unknown")
    return change
