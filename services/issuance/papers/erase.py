"""Empties the papers of a citizen; their numbers can still be checked."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.issuance.papers import use_cases


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Empty what papers of a citizen say, and separate them from their person."""
    return {"papers": await use_cases.empty_papers(tx, citizen_id)}
