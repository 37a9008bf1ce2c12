"""Deletes the PDFs that ministries brought about applications of a citizen."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.documents.own_papers import use_cases


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete the rows with their keys; the objects are orphans then, and swept."""
    return {"own_papers": await use_cases.delete_of_citizen(tx, citizen_id)}
