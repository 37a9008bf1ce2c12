"""How far a group has read: committed after the transactions, twice a second, not per batch.

A commit is a request and a write to disk of its own. What was handled but not yet committed when a
process is killed is read again, and its effects are dropped by the inbox; so committing late costs
half a second of reading, never an effect. Where partitions move, everything is committed first.
"""

import time
from collections.abc import Callable, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from libs.messaging.envelope import RawRecord

COMMIT_EVERY_S = 0.5

log = structlog.get_logger()


class Offsets:
    """What one consumer has handled and not yet committed.

    Args:
        part: whose they are, for the log.
        consumer: gives the consumer to commit with, or None while there is none.
    """

    def __init__(self, part: str, consumer: Callable[[], AIOKafkaConsumer | None]) -> None:
        self._part = part
        self._consumer = consumer
        self._handled: dict[TopicPartition, int] = {}
        self._committed_s = 0.0

    def note(self, records: Sequence[RawRecord]) -> None:
        """Take down that records were handled: of each partition in order, none left out."""
        last = {(record.topic, record.partition): record.offset for record in records}
        for (topic, partition), offset in last.items():
            place = TopicPartition(topic, partition)
            self._handled[place] = max(self._handled.get(place, 0), offset + 1)

    def is_due(self) -> bool:
        """Whether the last commit was long enough ago."""
        return bool(self._handled) and time.monotonic() - self._committed_s >= COMMIT_EVERY_S

    async def commit(self) -> None:
        """Commit what was handled; if it cannot be, the inbox drops the repetition."""
        consumer, offsets = self._consumer(), self._handled
        if consumer is None or not offsets:
            return
        self._committed_s = time.monotonic()
        try:
            await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            log.info("partitions moved before the commit", part=self._part)
            self.forget()
        except KafkaError as failure:  # kept: the next commit carries it
            log.warning("commit failed", part=self._part, failure=type(failure).__name__)
        else:
            self.forget()

    def forget(self) -> None:
        """Give up what is not committed: the partitions are, or may be, another member's now."""
        self._handled = {}
