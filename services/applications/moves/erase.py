"""Erasure of case file numbers that moves have noted."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.moves import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete the file numbers of a citizen's moved applications."""
    return {"moved_file_numbers": await queries.delete_file_numbers_of(tx, citizen_id)}
