"""Changes of citizens' contacts."""

from libs.contracts import topics
from libs.messaging.reading.router import Batch, Router, Tx
from services.notifications.contacts import use_cases
from services.notifications.contacts.rules import IdentityEvent

router = Router("notifications")


@router.subscriber(topics.IDENTITY)
async def on_identity_events(batch: Batch[IdentityEvent], tx: Tx) -> None:
    """A citizen changed number or language, lost the number, or is to be told something."""
    await use_cases.save_contacts(tx, batch.events)
