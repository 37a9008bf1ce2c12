"""Empties a citizen's open cases, and seals the decided ones."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.cases.work import use_cases


async def erase(tx: Transaction, citizen_id: UUID, at: datetime) -> Mapping[str, int]:
    """Withdraw and empty open cases; separate decided ones, which stay, from their person."""
    return {"cases": await use_cases.empty_open_cases(tx, citizen_id, at=at)}
