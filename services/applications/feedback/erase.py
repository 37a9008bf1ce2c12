"""Erasure of the comments of a citizen; ratings stay."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.feedback import queries
from services.applications.lifecycle.use_cases import lock_applications_of


async def erase(tx: Transaction, citizen_id: UUID, _: datetime) -> Mapping[str, int]:
    """Delete the comments of a citizen."""
    applications = await lock_applications_of(tx, citizen_id)
    return {"comments": await queries.delete_comments(tx, applications)}
