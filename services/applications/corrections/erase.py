"""Erasure of a citizen's proposed corrections."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.corrections import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete the corrections that wait for a citizen's consent."""
    return {"proposed_corrections": await queries.delete_of_citizen(tx, citizen_id)}
