"""Erasure of a citizen's drafts."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.drafts import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete all drafts of a citizen."""
    return {"drafts": await queries.delete_drafts_of(tx, citizen_id)}
