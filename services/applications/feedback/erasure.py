"""Erasure of the comments of a citizen; ratings stay."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.feedback import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete the comments of a citizen."""
    return {"comments": await queries.delete_comments_of(tx, citizen_id)}
