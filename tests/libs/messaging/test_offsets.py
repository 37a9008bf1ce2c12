from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaTimeoutError

from libs.messaging.offsets import Offsets
from tests.libs.messaging.scene import Raw


class Committing:
    """A consumer that keeps what was committed, and fails as often as told."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.committed: list[dict[TopicPartition, int]] = []

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.committed.append(dict(offsets))


def place(partition: int) -> TopicPartition:
    return TopicPartition("applications.v1", partition)


def record(partition: int, offset: int) -> Any:
    return Raw(offset, None, None, (), partition=partition)


async def test_exactly_what_was_handled_is_committed() -> None:
    """The next offset of each partition that had records, of no other."""
    consumer = Committing()
    offsets = Offsets("part", lambda: consumer)
    offsets.note([record(0, 7), record(2, 3), record(0, 8)])
    offsets.note([record(2, 4)])
    assert offsets.is_due()
    await offsets.commit()
    assert consumer.committed == [{place(0): 9, place(2): 5}]


async def test_nothing_is_committed_twice_and_not_at_once_again() -> None:
    """Committed offsets are done with; the next commit is half a second away."""
    consumer = Committing()
    offsets = Offsets("part", lambda: consumer)
    offsets.note([record(0, 1)])
    await offsets.commit()
    await offsets.commit()
    offsets.note([record(0, 2)])
    assert not offsets.is_due()
    assert len(consumer.committed) == 1


async def test_a_commit_that_failed_is_carried_by_the_next() -> None:
    """A broker that is away costs repeated reading at most."""
    consumer = Committing(KafkaTimeoutError())
    offsets = Offsets("part", lambda: consumer)
    offsets.note([record(0, 1)])
    await offsets.commit()
    await offsets.commit()
    assert consumer.committed == [{place(0): 2}]


async def test_partitions_that_moved_are_committed_by_nobody_here() -> None:
    """Another member reads them now; its inbox knows what was handled."""
    consumer = Committing(CommitFailedError())
    offsets = Offsets("part", lambda: consumer)
    offsets.note([record(0, 1)])
    await offsets.commit()
    await offsets.commit()
    assert consumer.committed == []


async def test_without_a_consumer_nothing_is_lost_and_nothing_committed() -> None:
    """Before the start and after the end there is nobody to commit with."""
    consumer = Committing()
    current: list[Committing] = []
    offsets = Offsets("part", lambda: current[0] if current else None)
    offsets.note([record(0, 1)])
    await offsets.commit()
    current.append(consumer)
    await offsets.commit()
    assert consumer.committed == [{place(0): 2}]
