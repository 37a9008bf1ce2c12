"""Deletes who looked at a citizen's cases that are emptied, and their bills."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.cases.acts import use_cases
from services.cases.fees import use_cases as fees
from services.cases.work import use_cases as work


async def erase(tx: Transaction, citizen_id: UUID, at: datetime) -> Mapping[str, int]:  # noqa: ARG001
    """Delete looks and bills where nothing was decided; those of a decided case are its file's."""
    undecided = await work.find_undecided_cases(tx, citizen_id)
    return {
        "looks_at_cases": await use_cases.forget_reasons(tx, undecided),
        "bills": await fees.forget_bills(tx, undecided),
    }
