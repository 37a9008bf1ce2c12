"""Erasure of a citizen's uploads."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.documents.uploads import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete all uploads of a citizen; the next sweep deletes their objects."""
    return {"uploads": await queries.delete_of_citizen(tx, citizen_id)}
