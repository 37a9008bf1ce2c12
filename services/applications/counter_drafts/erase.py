"""Erasure of drafts that were typed at a counter for a citizen's applications."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.counter_drafts import use_cases


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete the drafts of corrections, and the content of receipts."""
    return {"counter_drafts": await use_cases.delete_of_citizen(tx, citizen_id)}
