"""Erasure of a citizen's numbers, PIN and complaints."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.identity.citizens import use_cases as citizens
from services.identity.mandates import queries, use_cases


async def erase(tx: Transaction, citizen_id: UUID, at: datetime) -> Mapping[str, int]:
    """End the open mandates of a citizen; delete numbers, PIN and complaints.

    Her number goes from the mandates of others, too, for whom her phone consented.
    """
    citizen = await citizens.find_citizen(tx, citizen_id)
    await use_cases.end_all(tx, at, "citizen_erased", citizen_id=citizen_id)
    complaints = await queries.delete_of_citizen(tx, citizen_id)
    phone = citizen.phone if citizen else None
    consents = await use_cases.forget_phone(tx, phone, at) if phone else 0
    return {"complaints": complaints, "consents_for_others": consents}
