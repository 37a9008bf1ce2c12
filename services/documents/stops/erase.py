"""Erasure of the notes on how a citizen's applications were sent."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.documents.stops import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Forget how applications of a citizen were sent."""
    return {"followed_up": await queries.delete_followed_up_of(tx, citizen_id)}
