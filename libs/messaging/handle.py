"""`BatchTransactions` with a fixed handler, for consumers that do not use a router yet."""

from collections.abc import Sequence

from libs.contracts.topics import Topic
from libs.database.pool import Database
from libs.messaging.batch_transaction import (
    BatchTransactions,
    Handler,
    TooManyDefects,
    read_record,
)
from libs.messaging.envelope import RawRecord
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing

__all__ = ["BatchHandling", "Handler", "TooManyDefects"]


class BatchHandling:
    """Handles records of one topic by one handler."""

    def __init__(
        self,
        service: str,
        topic: Topic,
        handler: Handler,
        *,
        database: Database,
        tracing: Tracing,
        metrics: Metrics,
    ) -> None:
        self._topic = topic
        self._handler = handler
        self._transactions = BatchTransactions(
            service, topic, database=database, tracing=tracing, metrics=metrics
        )

    def look_again(self) -> None:
        """Look for blocked keys again."""
        self._transactions.partitions_changed()

    async def handle(self, records: Sequence[RawRecord]) -> None:
        """Handle a batch to its end; see `BatchTransactions.handle`."""
        received = [read_record(self._topic, record) for record in records]
        await self._transactions.handle(received, self._handler)
