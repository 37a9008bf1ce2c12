"""Erasure of a citizen's number, of those that consented for her, and where hers did for others."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from libs.messaging.delete_records import delete_records
from services.notifications.messages import use_cases as messages
from services.notifications.notices import use_cases as notices


async def erase(tx: Transaction, citizen_id: UUID, at: datetime) -> Mapping[str, int]:
    """Delete the numbers, and mark the citizen as erased for ever.

    News of those for whom her phone consented go nowhere then; the centre tells them.
    """
    phone = await messages.read_phone(tx, citizen_id)
    wards = await messages.find_consented_for(tx, phone) if phone else set()
    await messages.lock_contacts(tx, {citizen_id, *wards})
    found = {
        "contacts": await messages.erase_contact(tx, citizen_id, at),
        "application_contacts": await messages.delete_application_contacts(tx, citizen_id),
    }
    if phone:
        found["application_contacts"] += await messages.forget_phone(tx, phone)
        notice_ids = await notices.delete_to_phone(tx, phone)
        deleted = await delete_records(tx, [], notice_ids, numbers=[phone])
        found |= deleted | {"notices": len(notice_ids)}
    return found
