"""Erasure of a citizen's number."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.notifications.messages import use_cases as messages


async def erase(tx: Transaction, citizen_id: UUID, at: datetime) -> Mapping[str, int]:
    """Delete the number, and mark the citizen as erased for ever."""
    return {"contacts": await messages.erase_contact(tx, citizen_id, at)}
