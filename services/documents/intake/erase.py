"""Erasure of the notes on a citizen's files that became no papers."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.documents.intake import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Forget which files of a citizen were refused."""
    return {"openings": await queries.delete_openings_of(tx, citizen_id)}
