"""Erasure of a citizen's notices."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.notifications.notices import queries


async def erase(tx: Transaction, citizen_id: UUID, _at: datetime) -> Mapping[str, int]:
    """Delete the texts and numbers of all notices to the citizen, also to earlier numbers."""
    return {"notices": await queries.erase_notices(tx, citizen_id)}
