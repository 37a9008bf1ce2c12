"""Events of applications become messages to citizens."""

from libs.contracts import topics
from libs.messaging.reading.router import Batch, Router, Tx
from services.notifications.messages import use_cases
from services.notifications.messages.rules import ApplicationEvent

router = Router("notifications")
router.publisher(topics.NOTIFICATIONS)  # messages that failed for good


@router.subscriber(topics.APPLICATIONS)
async def on_application_events(batch: Batch[ApplicationEvent], tx: Tx) -> None:
    """An application was submitted, delayed, decided, or otherwise changed."""
    await use_cases.write_messages(tx, batch.events)
