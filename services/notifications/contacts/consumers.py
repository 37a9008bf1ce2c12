"""Changes of citizens' contacts."""

from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from services.notifications.contacts import use_cases
from services.notifications.contacts.rules import IdentityEvent


async def on_identity_events(batch: Batch[IdentityEvent], tx: Transaction) -> None:
    """A citizen changed number or language, or was erased."""
    await use_cases.save_contacts(tx, batch.events)
