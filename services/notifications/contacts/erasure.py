"""Erasure of a citizen's number, and of those that consented for her."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.notifications.messages import use_cases as messages


async def erase(tx: Transaction, citizen_id: UUID, at: datetime) -> Mapping[str, int]:
    """Delete the numbers, and mark the citizen as erased for ever."""
    return {
        "contacts": await messages.erase_contact(tx, citizen_id, at),
        "application_contacts": await messages.delete_application_contacts(tx, citizen_id),
    }
