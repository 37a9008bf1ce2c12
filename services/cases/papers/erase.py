"""Deletes what was proposed about papers of a citizen's cases that are emptied."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.cases.papers import use_cases
from services.cases.work import use_cases as work


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete proposals where nothing was decided; those of a decided case are its file's."""
    undecided = await work.find_undecided_cases(tx, citizen_id)
    return {"paper_proposals": await use_cases.forget(tx, undecided)}
