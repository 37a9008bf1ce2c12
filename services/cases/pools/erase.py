"""Deletes the rows of lists that are about a citizen's cases."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.cases.pools import use_cases
from services.cases.work import use_cases as work


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete them; the history of a decided case has the facts by which it was ranked."""
    cases = await work.find_cases_of(tx, [citizen_id])
    return {"pool_list_cases": await use_cases.forget(tx, cases)}
