"""Erasure of the grants to other sites."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.identity.grants import queries


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete all that other sites were granted of a citizen."""
    return {"grants": await queries.delete_all_of(tx, citizen_id)}
