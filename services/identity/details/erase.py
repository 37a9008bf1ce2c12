"""Erasure of saved details."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.identity.details import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete the details that a citizen saved."""
    return {"details": await queries.delete_details(tx, citizen_id)}
