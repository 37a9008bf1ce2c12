"""Contacts saved, and the waiting messages of their citizens released or cancelled."""

from collections.abc import Sequence

from libs.database.transaction import Transaction
from services.notifications.contacts import queries, rules
from services.notifications.contacts.rules import IdentityEvent
from services.notifications.messages.use_cases import cancel_erased, release_waiting


async def save_contacts(tx: Transaction, events: Sequence[IdentityEvent]) -> None:
    """Save contacts, release the messages that waited for them, cancel those of erased citizens."""
    contacts = rules.newest_contacts(events)
    citizen_ids = [contact.citizen_id for contact in contacts]
    await queries.save_contacts(tx, contacts)
    await cancel_erased(tx, citizen_ids)
    await release_waiting(tx, citizen_ids)
