"""Erasure of questions about a citizen's applications."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.ministries.inquiries import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Ask about the applications of a citizen no more."""
    return {"inquiries": await queries.delete_inquiries_of(tx, citizen_id)}
