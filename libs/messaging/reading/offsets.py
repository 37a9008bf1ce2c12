"""Offsets of a group, committed to Kafka after the transactions, twice a second, not per batch.

A commit is a request and a write to disk. After a kill, records that were handled but not committed
are read again, and the inbox drops them. Everything is committed before partitions move. The same
offsets stand in the database, in the transactions; see `libs.messaging.reading.behind`.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from libs.messaging.envelope import RawRecord

COMMIT_EVERY_S = 0.5
# aiokafka waits for a coordinator without a limit. No batch waits for the last commit of a drain or
# before partitions move, and what it misses is read again.
COMMIT_WITHIN_S = 2.0
LAST_COMMIT_WITHIN_S = 5.0

log = structlog.get_logger()


def next_offsets(records: Iterable[RawRecord]) -> dict[TopicPartition, int]:
    """Return the offset after the last record of each partition."""
    last = {(record.topic, record.partition): record.offset for record in records}
    return {TopicPartition(*place): offset + 1 for place, offset in last.items()}


class Offsets:
    """The handled offsets of one consumer that are not committed yet.

    Args:
        component: the name of the component, for the log.
        consumer: returns the current consumer, or None.
    """

    def __init__(self, component: str, consumer: Callable[[], AIOKafkaConsumer | None]) -> None:
        self._component = component
        self._consumer = consumer
        self._handled: dict[TopicPartition, int] = {}
        self._committed_s = 0.0

    def note(self, records: Sequence[RawRecord]) -> None:
        """Store the offsets of handled records, in order and without gaps in each partition."""
        for place, offset in next_offsets(records).items():
            self._handled[place] = max(self._handled.get(place, 0), offset)

    def is_due(self) -> bool:
        """Whether the next commit is due."""
        return bool(self._handled) and time.monotonic() - self._committed_s >= COMMIT_EVERY_S

    async def commit(self, *, within_s: float = COMMIT_WITHIN_S) -> None:
        """Commit the handled offsets. If this fails, the inbox drops the repeated records.

        Args:
            within_s: seconds that it may take.
        """
        consumer, offsets = self._consumer(), self._handled
        if consumer is None or not offsets:
            return
        self._committed_s = time.monotonic()
        try:
            async with asyncio.timeout(within_s):
                await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            log.info("partitions moved before the commit", component=self._component)
            self.forget()
        except (KafkaError, TimeoutError) as failure:  # the next commit includes these offsets
            log.warning("commit failed", component=self._component, failure=type(failure).__name__)
        else:
            self.forget()

    def forget(self) -> None:
        """Drop uncommitted offsets: the partitions may belong to another member now."""
        self._handled = {}
