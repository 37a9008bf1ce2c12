"""Ranks the cases of a group, and lets two officers say who is within the quota."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.pools import MOST_IN_POOL, DrawPoolList
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from libs.workflows.commands import Rank
from libs.workflows.model import Pool, Workflow
from libs.workflows.ranking import group_of
from services.cases.acts import use_cases as acts
from services.cases.officers.rules import Officer
from services.cases.pools import queries, rules
from services.cases.pools.rules import Listed, PoolKey, PoolList
from services.cases.queues import use_cases as queues
from services.cases.queues.rules import AtStep
from services.cases.work import use_cases as work
from services.cases.work.values import CaseFile, Content, Order
from services.cases.workflows import use_cases as workflows

AT_ONCE: Final = 200
"""Cases that are placed in one transaction."""
_READ_AT_ONCE: Final = 200
_ALL: Final = 1_000_000_000
_LISTS: Final = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """A list with its counts, the act of two people, and a page of its cases."""

    drawn: PoolList
    act: Act
    counts: Counter[tuple[str, str | None]]
    tied: list[Listed]
    page: list[Listed]
    workflow: Workflow

    def number(self, result: str | None = None, *, done: str | None = None) -> int:
        """Count the cases of a result, or those of which something became."""
        return sum(
            cases
            for (of_result, of_done), cases in self.counts.items()
            if result in {None, of_result} and done in {None, of_done}
        )


async def count_groups(
    tx: Transaction, officer: Officer
) -> tuple[dict[PoolKey, int], list[str], dict[str, Workflow]]:
    """Count what waits to be ranked for an officer's duties, by group.

    Returns:
        The counts, the tracking numbers of those that cannot be read, and the workflows.

    Raises:
        Refused: more wait at a step than are ranked at once.
    """
    steps = await queues.count_steps(tx, officer, _ALL)
    known = dict(await workflows.read_versions(tx, {step.workflow_key for step in steps}))
    counted: Counter[PoolKey] = Counter()
    unreadable: list[str] = []
    for at in steps:
        pool = known[at.workflow_key].steps.get(at.step)
        if not isinstance(pool, Pool):
            continue
        cases, damaged = await _waiting(tx, officer, at.duty, at.workflow_key, at.step)
        unreadable += damaged
        for _, content in cases.values():
            group = group_of(pool, content.form)
            counted[PoolKey(at.duty, at.workflow_key, at.step, group)] += 1
    return dict(counted), unreadable, known


async def read_lists(tx: Transaction, officer: Officer) -> list[PoolList]:
    """Return the last lists of an officer's office and duties, the newest first."""
    return await queries.read_lists(tx, officer, _LISTS)


async def draw(tx: Transaction, officer: Officer, body: DrawPoolList, at: datetime) -> UUID:
    """Draw a list: rank the cases of a group against a quota. None is moved.

    Raises:
        Refused: the officer has no such duty, nothing waits there, too much does, or another list
            of the group is under way.
    """
    if body.duty not in officer.duties:
        raise Refused("duty_missing")
    await work.wait_for_erasure(tx)
    key = PoolKey(body.duty, body.workflow, body.step, body.group)
    workflow, cases = await _of_group(tx, officer, key)
    if not cases:
        raise Refused("not_found", pointer="/group")
    drawn = PoolList(
        new_id(), officer.office_id or "", officer.ministry, key, body.quota, "drawn", at
    )
    if not await queries.insert_list(tx, drawn):
        raise Refused("pool_list_under_way")
    await queries.insert_cases(
        tx, drawn.list_id, list(rules.listed(workflow, drawn, cases, dhaka_date(at)))
    )
    act = Act(drawn.list_id, drawn.subject, "rank", body.order, officer.officer_id, at)
    await two_people.propose(tx, act)
    return drawn.list_id


async def read_list(
    tx: Transaction, officer: Officer, list_id: UUID, at: datetime, *, after: int, limit: int
) -> Seen:
    """Return a list with the next cases behind a row; that an officer looked at them is noted.

    Raises:
        Refused: there is no such list of the officer's office and duties.
    """
    drawn = await _lock(tx, officer, list_id)
    tied = await queries.read_tied(tx, list_id)
    page = await queries.read_cases(tx, list_id, after, limit)
    await acts.note_looks(tx, officer, {case.case_id for case in [*tied, *page]}, at)
    known = await workflows.read_versions(tx, [drawn.key.workflow_key])
    return Seen(
        drawn,
        await two_people.lock_act(tx, list_id),
        await queries.count_cases(tx, list_id),
        tied,
        page,
        known[drawn.key.workflow_key],
    )


async def decide_tie(
    tx: Transaction, officer: Officer, list_id: UUID, case_ids: Collection[UUID], reason: str
) -> None:
    """Decide who of those is within the quota between whom no fact decides.

    Whoever drew the list does, so that another person confirms it.

    Raises:
        Refused: there is no such list that waits, another officer drew it, nobody is tied, or
            another number was chosen.
    """
    drawn = await _lock(tx, officer, list_id)
    act = await two_people.lock_act(tx, list_id)
    if drawn.state != "drawn":
        raise Refused("rejected_before" if drawn.state == "cancelled" else "approved_before")
    if act.proposed_by != officer.officer_id:
        raise Refused("drawer_needed")
    tied = await queries.read_tied(tx, list_id)
    places = places_left(drawn, await queries.count_cases(tx, list_id))
    await queries.save_chosen(tx, rules.chosen(tied, case_ids, places, reason))


async def confirm(
    tx: Transaction, officer: Officer, list_id: UUID, expected: int, at: datetime
) -> None:
    """Confirm a list that a colleague drew; from now on its cases are placed, in batches.

    Raises:
        Refused: there is no such list that waits, the same officer drew it, a tie is undecided, it
            has another number of cases, or the cases of its group are others now.
    """
    drawn = await _lock(tx, officer, list_id)
    await two_people.approve(tx, drawn.subject, list_id, officer.officer_id, at)
    visits = await queries.read_visits(tx, list_id)
    if await queries.read_tied(tx, list_id):
        raise Refused("tie_undecided")
    if expected != len(visits):
        raise Refused("count_differs", pointer="/expected")
    _, cases = await _of_group(tx, officer, drawn.key)
    rules.check_same(visits, cases)
    await queries.update_list(tx, list_id, "placing")


async def cancel(
    tx: Transaction, officer: Officer, list_id: UUID, reason: str | None, at: datetime
) -> None:
    """Cancel a list before it is confirmed; its cases wait as they did.

    Raises:
        Refused: there is no such list that waits, or a colleague's is cancelled without a reason.
    """
    await _lock(tx, officer, list_id)
    await two_people.reject(tx, list_id, officer.officer_id, at, reason)
    await queries.update_list(tx, list_id, "cancelled", at)


async def go_on(tx: Transaction, *, at: datetime, limit: int = AT_ONCE) -> int:
    """Place the next cases of the list that was drawn first, of those that are confirmed.

    What becomes of the cases and how far the list has come is written in one transaction: after a
    crash the rest is placed. A case that has moved on since is left as it is, and counted.

    Returns:
        1 if there is more to do now, else 0.
    """
    drawn = await queries.lock_next_list(tx)
    if drawn is None:
        return 0
    rows = await queries.read_next(tx, drawn.list_id, limit)
    if not rows:
        await queries.update_list(tx, drawn.list_id, "placed", at)
        return 1
    actor = (await two_people.lock_act(tx, drawn.list_id)).approved_by
    cases = await work.lock_readable(tx, [row.case_id for row in rows])
    orders = [
        (*cases[row.case_id], _order(drawn, row, actor, at))
        for row in rows
        if row.case_id in cases and row.seen is not None and row.result != "tied"
    ]
    announced, refused = await work.carry_out(tx, orders)
    await outbox.add(tx, announced)
    placed = {file.case_id for file, _, _ in orders} - refused.keys()
    await queries.save_done(tx, [(row, _became(row, placed)) for row in rows])
    return 1


async def forget(tx: Transaction, case_ids: Collection[UUID]) -> int:
    """Delete cases from all lists; return how many rows."""
    return await queries.delete_cases(tx, case_ids)


def places_left(drawn: PoolList, counts: Counter[tuple[str, str | None]]) -> int:
    """Return how many of the tied are within the quota; 0 if none is tied."""
    selected = sum(cases for (result, _), cases in counts.items() if result == "selected")
    tied = sum(cases for (result, _), cases in counts.items() if result == "tied")
    return min(drawn.quota - selected, tied)


def _became(row: Listed, placed: Collection[UUID]) -> Literal["placed", "left"]:
    return "placed" if row.case_id in placed else "left"


def _order(drawn: PoolList, row: Listed, actor: UUID | None, at: datetime) -> Order:
    result: Literal["selected", "waiting"] = "selected" if row.result == "selected" else "waiting"
    command = Rank(row.visit, result, drawn.key.duty, str(actor), row.seen or {})
    return Order(command, at, actor_id=actor, office_id=drawn.office_id)


async def _lock(tx: Transaction, officer: Officer, list_id: UUID) -> PoolList:
    drawn = await queries.lock_list(tx, list_id)
    if (
        drawn is None
        or (drawn.office_id, drawn.ministry) != (officer.office_id, officer.ministry)
        or drawn.key.duty not in officer.duties
    ):
        raise Refused("pool_list_unknown")
    return drawn


async def _of_group(
    tx: Transaction, officer: Officer, key: PoolKey
) -> tuple[Workflow, dict[UUID, tuple[CaseFile, Content]]]:
    workflow = (await workflows.read_versions(tx, [key.workflow_key])).get(key.workflow_key)
    pool = rules.pool_at(workflow, key.step)
    cases, _ = await _waiting(tx, officer, key.duty, key.workflow_key, key.step)
    if workflow is None:
        raise Refused("not_found")
    return workflow, rules.in_group(pool, cases, key.group)


async def _waiting(
    tx: Transaction, officer: Officer, duty: str, workflow_key: str, step: str
) -> tuple[dict[UUID, tuple[CaseFile, Content]], list[str]]:
    """Read the cases that wait at a step, and the numbers of those that cannot be read.

    Raises:
        Refused: they are more than are ranked at once.
    """
    at_step = AtStep(duty, workflow_key, step, MOST_IN_POOL + 1)
    found = dict(await queues.find_at_step(tx, officer, at_step, _ALL))
    if len(found) > MOST_IN_POOL:
        raise Refused("pool_too_large")
    cases: dict[UUID, tuple[CaseFile, Content]] = {}
    ids = list(found)
    for start in range(0, len(ids), _READ_AT_ONCE):
        cases |= await work.read_readable(tx, ids[start : start + _READ_AT_ONCE])
    here = {key: pair for key, pair in cases.items() if pair[0].state.step == step}
    return here, [number for case_id, number in found.items() if case_id not in cases]
