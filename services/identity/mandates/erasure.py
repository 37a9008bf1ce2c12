"""Erasure of a citizen's numbers, PIN and complaints."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.identity.mandates import queries, use_cases


async def erase(tx: Transaction, citizen_id: UUID, at: datetime) -> Mapping[str, int]:
    """End the open mandates of a citizen; delete numbers, PIN and complaints."""
    await use_cases.end_all(tx, at, "citizen_erased", citizen_id=citizen_id)
    return {"complaints": await queries.delete_of_citizen(tx, citizen_id)}
