"""What happens to applications becomes messages to citizens."""

from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from services.notifications.messages import use_cases
from services.notifications.messages.rules import ApplicationEvent


async def on_application_events(batch: Batch[ApplicationEvent], tx: Transaction) -> None:
    """An application was submitted, delayed, decided, or otherwise changed."""
    await use_cases.write_messages(tx, batch.events)
