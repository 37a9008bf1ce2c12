"""The catalogue's events."""

from collections.abc import Mapping

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.topics import Topic
from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from libs.messaging.handle import Handler
from services.applications.public_services import use_cases


async def on_catalogue_events(batch: Batch[PublicServiceChanged], tx: Transaction) -> None:
    """A public service has changed."""
    await use_cases.copy_public_services(tx, batch)


HANDLERS: Mapping[Topic, Handler] = {topics.CATALOGUE: on_catalogue_events}
