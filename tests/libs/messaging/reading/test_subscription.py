"""FastStream's acknowledgements and the offsets and positions of a topic's consumer."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition
from typing_extensions import override

from libs.component import ComponentHealth
from libs.contracts import topics
from libs.messaging.envelope import encode
from libs.messaging.reading.batch_transaction import Handler
from libs.messaging.reading.holds import Hold
from libs.messaging.reading.offsets import COMMIT_WITHIN_S, LAST_COMMIT_WITHIN_S, Offsets
from libs.messaging.reading.received_record import ReceivedRecord
from libs.messaging.reading.subscription import Records, Subscription
from tests.libs.messaging.scenes import Raw, submitted

TOPIC = topics.APPLICATIONS


class Positions:
    """A consumer that stores commits and seeks."""

    def __init__(self, *assigned: int) -> None:
        self.assigned = {TopicPartition(TOPIC.name, each) for each in assigned}
        self.positions: dict[int, int] = {}
        self.committed: dict[int, int] = {}
        self.held: dict[int, tuple[int, float]] = {}

    def assignment(self) -> set[TopicPartition]:
        return self.assigned

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition.partition] = offset

    def hold(self, partition: TopicPartition, offset: int, pause_s: float) -> None:
        self.held[partition.partition] = (offset, pause_s)

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.committed |= {place.partition: offset for place, offset in offsets.items()}


class NoTransactions:
    """Counts how often partitions changed."""

    changes = 0

    async def handle(
        self, received: Sequence[ReceivedRecord], handler: Handler
    ) -> Mapping[TopicPartition, Hold]:
        raise NotImplementedError

    def health(self) -> ComponentHealth:
        return ComponentHealth()

    def partitions_changed(self) -> None:
        self.changes += 1


def subscribed(consumer: Positions, transactions: NoTransactions | None = None) -> Subscription:
    given: Any = consumer
    made = Subscription([TOPIC], "notifications.applications.v1", lambda: given)
    made.begin(transactions or NoTransactions())
    return made


def records(*places: tuple[int, int]) -> Records:
    """Records of these partitions and offsets."""
    event = encode(submitted(), trace=None)
    made: Any = [
        Raw(offset, event.key, event.value, event.headers, partition=partition)
        for partition, offset in places
    ]
    return made  # type: ignore[no-any-return]


async def test_a_batch_is_decoded_record_by_record() -> None:
    """An unreadable record has its reason; the others have their events."""
    subscription = subscribed(Positions(0))
    batch = list(records((0, 1), (0, 2)))
    batch[1].value = b"{"
    good, bad = await subscription.decode(await subscription.parse(batch))
    assert good.event is not None
    assert bad.event is None
    assert bad.error is not None
    assert bad.error.reason == "not_json"


async def test_a_batch_that_failed_is_read_again_from_where_it_began() -> None:
    """Each partition seeks to its earliest record, unless it moved away."""
    consumer = Positions(0, 1)
    subscription = subscribed(consumer)
    message = await subscription.parse(records((0, 7), (0, 8), (1, 3), (2, 5)))
    await message.nack()
    await subscription.commit()
    assert consumer.positions == {0: 7, 1: 3}
    assert consumer.committed == {}


async def test_a_batch_that_was_handled_is_committed_once() -> None:
    """The next offset of each partition, however often the message is acknowledged."""
    consumer = Positions(0, 1)
    subscription = subscribed(consumer)
    message = await subscription.parse(records((0, 7), (0, 8), (1, 3)))
    await message.ack()
    await message.ack()
    assert consumer.committed == {0: 9, 1: 4}


async def test_a_held_partition_is_committed_up_to_where_it_is_held() -> None:
    """The held record is read again after the pause; the other partitions are acknowledged."""
    consumer = Positions(0, 1)
    message = await subscribed(consumer).parse(records((0, 7), (0, 8), (1, 3)))
    message.hold({TopicPartition(TOPIC.name, 0): Hold(8, 0.5)})
    await message.ack()
    assert consumer.held == {0: (8, 0.5)}
    assert consumer.committed == {0: 8, 1: 4}


async def test_everything_is_committed_before_partitions_move() -> None:
    """Offsets of the last half second are committed before a rebalance."""
    consumer, transactions = Positions(0), NoTransactions()
    subscription = subscribed(consumer, transactions)
    for offset in (1, 2):
        await (await subscription.parse(records((0, offset)))).ack()
    assert consumer.committed == {0: 2}
    await subscription.on_partitions_revoked(consumer.assigned)
    assert consumer.committed == {0: 3}
    await subscription.on_partitions_assigned(consumer.assigned)
    assert transactions.changes == 1


class TimedOffsets(Offsets):
    """Stores how long each commit may take."""

    def __init__(self) -> None:
        super().__init__("part", lambda: None)
        self.limits_s: list[float] = []

    @override
    async def commit(self, *, within_s: float = COMMIT_WITHIN_S) -> None:
        self.limits_s.append(within_s)


async def test_a_commit_after_which_no_batch_waits_has_more_time() -> None:
    """At a drain and before partitions move; what it misses is read again."""
    subscription, offsets = subscribed(Positions(0)), TimedOffsets()
    subscription.offsets = offsets
    await subscription.commit()
    await subscription.on_partitions_revoked([])
    subscription.stop.set()
    await subscription.commit()
    assert offsets.limits_s == [COMMIT_WITHIN_S, LAST_COMMIT_WITHIN_S, LAST_COMMIT_WITHIN_S]
