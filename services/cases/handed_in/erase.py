"""Empties the papers of officers in a citizen's undecided cases; those of decided ones stay."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.cases.handed_in import use_cases
from services.cases.work import use_cases as work


async def erase(tx: Transaction, citizen_id: UUID, at: datetime) -> Mapping[str, int]:
    """Delete papers where nothing was decided, and tell documents which of the others stay."""
    emptied = await work.find_undecided_cases(tx, citizen_id)
    kept = set(await work.find_cases_of(tx, [citizen_id])) - set(emptied)
    return {"papers_of_officers": await use_cases.settle(tx, sorted(kept), emptied, at)}
