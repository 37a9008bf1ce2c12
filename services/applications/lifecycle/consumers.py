"""The ministries' events."""

from collections.abc import Mapping

from libs.contracts import topics
from libs.contracts.topics import Topic
from libs.database.transaction import Transaction
from libs.messaging import outbox
from libs.messaging.batch import Batch
from libs.messaging.handle import Handler
from services.applications.lifecycle import use_cases
from services.applications.lifecycle.rules import MinistryEvent


async def on_ministry_events(batch: Batch[MinistryEvent], tx: Transaction) -> None:
    """A ministry received an application, could not be reached, asked for a correction, decided."""
    await outbox.add(tx, await use_cases.apply_ministry_events(tx, batch))


HANDLERS: Mapping[Topic, Handler] = {topics.MINISTRIES: on_ministry_events}
