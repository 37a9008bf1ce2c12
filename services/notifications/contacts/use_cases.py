"""Contacts saved, the waiting messages of their citizens released or held, notices written."""

from collections.abc import Sequence

from libs.contracts.identity import MandateMessageRequested, NoticeRequested
from libs.database.transaction import Transaction
from services.notifications.contacts import rules
from services.notifications.contacts.rules import IdentityEvent
from services.notifications.messages import use_cases as messages
from services.notifications.messages.use_cases import hold_waiting, lock_contacts, release_waiting
from services.notifications.notices.use_cases import write_notices


async def save_contacts(tx: Transaction, events: Sequence[IdentityEvent]) -> None:
    """Save contacts; release the messages that waited for them, hold those that have none now.

    A notice goes to the number that it names. One about an application of a citizen without a
    number also says that its news go there. An erasure that runs meanwhile is waited for: else
    the notice would outlive it. So would the number of somebody else who consented, and is erased,
    where events are read again after a restore.
    """
    if any(isinstance(event, NoticeRequested | MandateMessageRequested) for event in events):
        owners = rules.owners_in(events)
        await lock_contacts(tx, {event.citizen_id for event in events} | owners)
        events = rules.without(await messages.find_erased(tx, owners) if owners else (), events)
    notices = [
        event for event in events if isinstance(event, NoticeRequested | MandateMessageRequested)
    ]
    contacts = rules.newest_contacts(events)
    citizen_ids = [contact.citizen_id for contact in contacts]
    await messages.save_contacts(tx, contacts)
    await messages.save_application_contacts(tx, rules.application_contacts(events))
    await hold_waiting(tx, [contact.citizen_id for contact in contacts if contact.phone is None])
    await release_waiting(tx, citizen_ids)
    await write_notices(tx, notices)
