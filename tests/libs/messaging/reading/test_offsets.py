import asyncio
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaTimeoutError

from libs.messaging.reading.offsets import Offsets
from tests.libs.messaging.scenes import Raw
from tests.waiting import PATIENCE_S


class Committing:
    """A consumer that stores committed offsets, and fails as often as a test wants."""

    def __init__(self, *failures: Exception, hangs: int = 0) -> None:
        self.failures = list(failures)
        self.hangs = hangs
        self.committed: list[dict[TopicPartition, int]] = []

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if self.hangs:
            self.hangs -= 1
            await asyncio.Event().wait()
        if self.failures:
            raise self.failures.pop(0)
        self.committed.append(dict(offsets))


def place(partition: int) -> TopicPartition:
    return TopicPartition("applications.v1", partition)


def record(partition: int, offset: int) -> Any:
    return Raw(offset, None, None, (), partition=partition)


async def test_exactly_what_was_handled_is_committed() -> None:
    """The next offset of each partition with records is committed, and no other."""
    consumer = Committing()
    offsets = Offsets("part", lambda: consumer)
    offsets.note([record(0, 7), record(2, 3), record(0, 8)])
    offsets.note([record(2, 4)])
    assert offsets.is_due()
    await offsets.commit()
    assert consumer.committed == [{place(0): 9, place(2): 5}]


async def test_nothing_is_committed_twice_and_not_at_once_again() -> None:
    """A commit happens once, and the next one is due after half a second."""
    consumer = Committing()
    offsets = Offsets("part", lambda: consumer)
    offsets.note([record(0, 1)])
    await offsets.commit()
    await offsets.commit()
    offsets.note([record(0, 2)])
    assert not offsets.is_due()
    assert len(consumer.committed) == 1


async def test_a_commit_that_does_not_end_holds_up_no_batch() -> None:
    """The next commit includes its offsets."""
    consumer = Committing(hangs=1)
    offsets = Offsets("part", lambda: consumer)
    offsets.note([record(0, 1)])
    async with asyncio.timeout(PATIENCE_S):
        await offsets.commit(within_s=0.01)
        await offsets.commit()
    assert consumer.committed == [{place(0): 2}]


async def test_a_commit_that_failed_is_carried_by_the_next() -> None:
    """The next commit includes the offsets of a failed one."""
    consumer = Committing(KafkaTimeoutError())
    offsets = Offsets("part", lambda: consumer)
    offsets.note([record(0, 1)])
    await offsets.commit()
    await offsets.commit()
    assert consumer.committed == [{place(0): 2}]


async def test_offsets_of_moved_partitions_are_dropped() -> None:
    """Offsets of a partition that moved are dropped."""
    consumer = Committing(CommitFailedError())
    offsets = Offsets("part", lambda: consumer)
    offsets.note([record(0, 1)])
    await offsets.commit()
    await offsets.commit()
    assert consumer.committed == []


async def test_without_a_consumer_nothing_is_lost_and_nothing_committed() -> None:
    """Without a consumer, offsets are kept and not committed."""
    consumer = Committing()
    current: list[Committing] = []
    offsets = Offsets("part", lambda: current[0] if current else None)
    offsets.note([record(0, 1)])
    await offsets.commit()
    current.append(consumer)
    await offsets.commit()
    assert consumer.committed == [{place(0): 2}]
