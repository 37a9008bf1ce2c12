"""Consumers on a real broker: no record is skipped or handled twice in outages."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aiokafka import TopicPartition

from libs.component import ComponentHealth
from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.ministries import MinistryReceived
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.ids import new_id
from libs.messaging.envelope import encode
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.batch_transaction import BatchTransactions
from libs.messaging.reading.holds import Hold
from libs.telemetry.metrics import Metrics
from tests.conftest import DatabaseFor
from tests.libs.messaging.scenes import (
    RecordingHandler,
    committed,
    consumer,
    members,
    own_name,
    running,
    submitted,
    transactions,
    withdrawn,
    write,
    write_as_ministry,
    write_events,
)
from tests.waiting import PATIENCE_S, until
from tools.embedded.kafka import EmbeddedKafka

TOPIC = topics.APPLICATIONS.name
PARTITION = 2


async def test_events_of_one_application_are_handled_in_order(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Events of an application are handled in the order of writing."""
    recorder, ours = RecordingHandler(), [new_id() for _ in range(20)]
    await write_events(kafka, *[submitted(each) for each in ours])
    await write_events(kafka, *[withdrawn(each) for each in ours])
    database = await database_for("applications")
    async with running(consumer(database, recorder, kafka)):
        await until(lambda: len(recorder.of(*ours)) == 40)
    for each in ours:
        types = [event.type for event in recorder.of(each)]
        assert types == ["application_submitted", "application_withdrawn"]


async def test_what_a_handler_returns_is_published_once(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Returned events are in the outbox; a batch without any publishes nothing."""
    database, ours = await database_for("applications"), new_id()
    handled: list[Event] = []

    async def withdraw_ours(batch: Batch[Any], _: Transaction) -> Sequence[Event] | None:
        handled.extend(batch.events)
        is_new = any(event.event_id == first.event_id for event in batch.events)
        return [withdrawn(ours)] if is_new else None

    async def published() -> int:
        async with database.transaction() as tx:
            return int(
                await tx.fetchval(
                    "SELECT count(*) FROM outbox WHERE record_key = $1", str(ours).encode()
                )
            )

    name, first = own_name(), submitted(ours)
    await write_events(kafka, first)
    for _ in range(2):
        async with running(consumer(database, withdraw_ours, kafka, name=name)):
            # Of the same application, thus in the same partition and after the first.
            await write_events(kafka, after := submitted(ours))
            await until(lambda: after.event_id in {event.event_id for event in handled})
    assert await published() == 1


async def test_a_new_group_starts_at_the_beginning(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A new consumer group starts at the beginning of the topic."""
    recorder, ours = RecordingHandler(), new_id()
    await write_events(kafka, submitted(ours))
    database = await database_for("applications")
    async with running(consumer(database, recorder, kafka)):
        await until(lambda: recorder.of(ours))


async def test_a_drained_consumer_has_left_its_group(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Another replica takes its partitions at once, not after the session."""
    recorder, ours, name = RecordingHandler(), new_id(), own_name()
    await write_events(kafka, submitted(ours))
    part = consumer(await database_for("applications"), recorder, kafka, name=name)
    async with running(part):
        await until(lambda: recorder.of(ours))
        assert len(await members(kafka, part.group)) == 1
    assert await members(kafka, part.group) == []


async def test_offsets_are_committed_only_after_the_transaction(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Offsets are not committed while the handler runs, and are committed afterwards."""
    may_end, entered = asyncio.Event(), asyncio.Event()
    ours, name = new_id(), own_name()
    (offset,) = await write(kafka, encode(submitted(ours), trace=None), partition=PARTITION)
    seen: list[int] = []

    async def slow(batch: Batch[Any], _: Transaction) -> None:
        if ours in set(batch.keys()):
            entered.set()
            await may_end.wait()

    database = await database_for("applications")
    part = consumer(database, slow, kafka, name=name)
    async with running(part):
        await entered.wait()
        seen.append((await committed(kafka, part.group, TOPIC)).get(PARTITION, 0))
        may_end.set()
        await until(lambda: _is_committed(kafka, part.group, offset))
    assert seen[0] <= offset


async def _is_committed(kafka: EmbeddedKafka, group: str, offset: int) -> bool:
    return (await committed(kafka, group, TOPIC)).get(PARTITION, 0) > offset


async def test_a_drain_finishes_the_current_batch_and_commits_it(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A consumer that is stopped in a batch finishes it and commits its offsets."""
    entered, may_end, ours = asyncio.Event(), asyncio.Event(), new_id()
    ended: list[bool] = []
    (offset,) = await write(kafka, encode(submitted(ours), trace=None), partition=PARTITION)

    async def slow(batch: Batch[Any], _: Transaction) -> None:
        if ours in set(batch.keys()):
            entered.set()
            await may_end.wait()
            ended.append(True)

    database = await database_for("applications")
    part = consumer(database, slow, kafka)
    async with running(part) as stop:
        await entered.wait()
        stop.set()
        may_end.set()
    assert ended == [True]
    assert await _is_committed(kafka, part.group, offset)


async def test_a_restart_goes_on_where_it_stopped(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """The next process of the replica handles the records since then, and none again."""
    database, name, ours = await database_for("applications"), own_name(), [new_id(), new_id()]
    first, second = RecordingHandler(), RecordingHandler()
    await write_events(kafka, submitted(ours[0]))
    async with running(consumer(database, first, kafka, name=name)):
        await until(lambda: first.of(ours[0]))
    await write_events(kafka, submitted(ours[1]))
    async with running(consumer(database, second, kafka, name=name)):
        await until(lambda: second.of(ours[1]))
    assert second.of(*ours) == second.of(ours[1])


async def test_the_partition_waits_while_the_database_is_away(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """An outage of our database skips nothing and makes no dead letter."""
    ours, tries = new_id(), 0
    away = True
    recorder = RecordingHandler()

    async def sometimes(batch: Batch[Any], tx: Transaction) -> None:
        nonlocal tries
        if away and ours in set(batch.keys()):
            tries += 1
            raise Unavailable("database")
        await recorder(batch, tx)

    await write_events(kafka, submitted(ours))
    database = await database_for("applications")
    part = consumer(database, sometimes, kafka)
    async with running(part):
        # a batch of another partition, which this handler accepts, may come between two tries
        await until(lambda: tries >= 3 and not part.health().ready)
        assert part.health().live
        away = False
        await until(lambda: recorder.of(ours))
        await until(lambda: part.health().ready)
    assert await _letters(database, ours) == 0


async def _letters(database: Database, *applications: UUID) -> int:
    """Count dead letters about these applications."""
    sql = "SELECT count(*) FROM dead_letters WHERE record_key = ANY($1)"
    async with database.transaction() as tx:
        return int(
            await tx.fetchval(sql, [str(application).encode() for application in applications])
        )


class Stumbling:
    """Fails twice with an unexpected error, then handles its batches.

    Args:
        inner: handles them then.
    """

    def __init__(self, inner: BatchTransactions) -> None:
        self.attempts = 0
        self._inner = inner

    async def handle(self, received: Any, handler: Any) -> Mapping[TopicPartition, Hold]:
        self.attempts += 1
        if self.attempts < 3:
            raise LookupError("not prepared for this")
        return await self._inner.handle(received, handler)

    def health(self) -> ComponentHealth:
        return self._inner.health()

    def partitions_changed(self) -> None:
        self._inner.partitions_changed()


async def test_an_unexpected_error_skips_nothing(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A batch that failed unexpectedly is read again; FastStream would skip it."""
    ours, recorder = [new_id(), new_id()], RecordingHandler()
    stumbling = Stumbling(transactions(await database_for("applications")))
    part = consumer(await database_for("applications"), recorder, kafka, transactions=stumbling)
    await write_events(kafka, submitted(ours[0]))
    async with running(part):
        await until(lambda: stumbling.attempts == 2)
        assert not part.health().ready
        await write_events(kafka, submitted(ours[1]))
        await until(lambda: len(recorder.of(*ours)) == 2)
        await until(lambda: part.health().ready)


async def test_a_writer_whose_records_fail_keeps_no_other_partition_waiting(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """The partition is held, the others go on, and so does it when its writer is mended.

    The consumer stays live and ready; its detail and the metric name the topic.
    """
    database, metrics = await database_for("applications"), Metrics("applications")
    bad, good = [new_id() for _ in range(20)], [new_id() for _ in range(50)]
    mended = new_id()
    hostile = topics.MINISTRIES.name_for("mofa")
    recorder = RecordingHandler(
        fails_on=lambda event: KeyError("nonsense") if _is_about(event, bad) else None
    )
    part = consumer(
        database,
        recorder,
        kafka,
        topic=topics.MINISTRIES,
        transactions=transactions(database, topic=topics.MINISTRIES, metrics=metrics, in_a_row=2),
    )
    await write_as_ministry(kafka, *[received(each, "mofa") for each in bad])
    async with running(part):
        await until(lambda: _held(metrics, hostile) == 1)
        await until(lambda: part.health() == ComponentHealth(detail=f"held: {hostile}"))
        await write_as_ministry(kafka, *[received(each, "mopa") for each in good])
        await until(lambda: len(recorder.of(*good)) == len(good))
        await write_as_ministry(kafka, received(mended, "mofa"))

        async def is_left() -> bool:
            await write_as_ministry(
                kafka, received(new_id(), "mopa")
            )  # others go on: the handler works
            return bool(recorder.of(mended))

        await until(is_left)
        await until(lambda: part.health() == ComponentHealth())
        assert _held(metrics, hostile) == 0
    assert await _letters(database, *bad) == len(bad)


def received(application: UUID, ministry: str) -> MinistryReceived:
    return MinistryReceived(application_id=application, ministry=ministry)


def _is_about(event: Event, applications: Sequence[UUID]) -> bool:
    return getattr(event, "application_id", None) in applications


def _held(metrics: Metrics, topic: str) -> float | None:
    """How many partitions of a topic are held, as Prometheus is told."""
    shown = metrics.render().decode()
    found = re.search(rf'nagorik_partitions_held{{.*topic="{re.escape(topic)}"}} (\S+)', shown)
    return float(found[1]) if found else None


async def test_two_replicas_share_the_partitions_and_a_rebalance_doubles_nothing(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A second replica takes its share; every event has one effect.

    The first handles each batch for as long as two more records are written, so that one is under
    way when partitions move.
    """
    database, name = await database_for("applications"), own_name()
    first, second = RecordingHandler(), RecordingHandler()
    ours: list[UUID] = []
    written, all_written = 0, False

    async def slowly(batch: Batch[Any], tx: Transaction) -> None:
        before = written
        await until(lambda: all_written or written >= before + 2, every_s=0.005)
        await first(batch, tx)

    async def write_until_both_hear() -> None:
        nonlocal written, all_written
        while not (first.of(*ours) and len(second.of(*ours)) > 5):
            ours.append(new_id())
            await write_events(kafka, submitted(ours[-1]))
            written += 1
        all_written = True

    one = consumer(database, slowly, kafka, name=name, replica="0")
    two = consumer(database, second, kafka, name=name, replica="1")
    async with running(one):
        await until(lambda: one.health().ready)
        async with running(two), asyncio.timeout(PATIENCE_S):
            await write_until_both_hear()
            await until(lambda: len(first.of(*ours) + second.of(*ours)) >= len(ours))
    heard = [getattr(event, "application_id", None) for event in first.of(*ours) + second.of(*ours)]
    assert sorted(map(str, heard)) == sorted(map(str, ours))


async def test_a_consumer_starts_before_its_broker(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Without its broker the consumer is not ready; with the broker back it handles everything."""
    ours, recorder = new_id(), RecordingHandler()
    await write_events(kafka, submitted(ours))
    database = await database_for("applications")
    await kafka.stop()
    try:
        part = consumer(database, recorder, kafka)
        async with running(part):
            await until(lambda: part.health().detail == "the broker does not answer")
            assert part.health().live
            await kafka.start()
            await until(lambda: recorder.of(ours))
            await until(lambda: part.health().ready)
    finally:
        await kafka.start()


async def test_a_broker_killed_in_the_middle_costs_nothing(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Acknowledged records are handled once after a kill, without a restart of the service."""
    database, recorder = await database_for("applications"), RecordingHandler()
    ours = [new_id() for _ in range(10)]
    await write_events(kafka, *[submitted(each) for each in ours[:5]])
    part = consumer(database, recorder, kafka)
    async with running(part):
        await until(lambda: len(recorder.of(*ours)) == 5)
        kafka.kill()
        await kafka.start()
        records = [encode(submitted(each), trace=None) for each in ours[5:]]
        await write(kafka, *records)
        await until(lambda: len(recorder.of(*ours)) == 10)
        assert part.health().live
    assert len(recorder.of(*ours)) == 10
