"""Looks for cases that nothing moves on or that are not as their histories, and repairs one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.database.transaction import Transaction
from libs.encryption import Unopened
from libs.errors import Refused
from services.cases.queues import use_cases as queues
from services.cases.stalled import queries
from services.cases.stalled.rules import GRACE, Search
from services.cases.work import use_cases as work
from services.cases.work.values import CaseFile
from services.cases.workflows import use_cases as workflows


async def look_on(tx: Transaction, search: Search, at: datetime, *, limit: int) -> Search:
    """Look at the next open cases of a search; a search that is over begins again."""
    going = Search() if search.is_over else search
    part = await queries.read_open(tx, going.after, at - GRACE, limit)
    keys = {case.workflow_key for case in part if case.may_lack_a_judge}
    versions = await workflows.read_versions(tx, keys) if keys else {}
    return going.with_part(part, limit, versions)


async def keep_found(tx: Transaction, search: Search, at: datetime) -> None:
    """Keep what a whole search has found, for those who can give an office an officer."""
    await queues.keep_stalled(tx, search.found, at)


async def compare_histories(
    tx: Transaction, after: UUID, *, limit: int
) -> tuple[Sequence[UUID], Sequence[UUID]]:
    """Compare the next cases behind one with their histories; return all, and those that differ."""
    cases = await work.find_after(tx, after, limit)
    return cases, [case_id for case_id in cases if not await work.is_as_its_history(tx, case_id)]


async def repair(tx: Transaction, case_id: UUID, *, by: str, at: datetime) -> CaseFile:
    """Give a case the state of its history, and the tasks and clocks that follow from it.

    Raises:
        Refused: there is no such case, or its history or its form is lost.
    """
    await record_action(tx, actor=by, action="repair case", subject=str(case_id))
    try:
        return await work.repair(tx, case_id, at=at)
    except Unopened:
        raise Refused("case_beyond_repair", "it cannot be decrypted") from None
