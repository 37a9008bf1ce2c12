"""The events of notifications."""

from collections.abc import Mapping

from libs.contracts import topics
from libs.contracts.topics import Topic
from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from libs.messaging.handle import Handler
from services.applications.timeline import use_cases
from services.applications.timeline.use_cases import MessageEvent


async def on_notification_events(batch: Batch[MessageEvent], tx: Transaction) -> None:
    """A message was sent, was delivered, or failed."""
    await use_cases.add_message_events(tx, batch)


HANDLERS: Mapping[Topic, Handler] = {topics.NOTIFICATIONS: on_notification_events}
