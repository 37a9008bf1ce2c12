"""Erasure of a citizen's number for tracking, and of attempts at her tracking numbers."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.tracking import queries


async def erase(tx: Transaction, citizen_id: UUID, at: datetime) -> Mapping[str, int]:
    """Delete the number of a citizen, and from where the citizen's applications were tracked.

    The bare id stays, so that no number comes back that is read later: after a restore erasures are
    read again before the numbers of then.
    """
    return {
        "tracking_phones": await queries.erase_phone(tx, citizen_id, at),
        "tracking_attempts": await queries.delete_attempts_at(tx, citizen_id),
    }
