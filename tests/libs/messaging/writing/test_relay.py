"""The relay: publishes in order and loses nothing, whatever is killed."""

import asyncio

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.contracts.events import Event
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.envelope import Record, trace_of
from libs.messaging.writing import outbox
from libs.telemetry.tracing import Tracing
from tests.conftest import DatabaseFor
from tests.libs.database.running import frozen
from tests.libs.messaging.announcing import (
    TOPIC,
    announce_in_the_end,
    is_empty,
    published_of,
    relay,
    relay_of,
    tell,
)
from tests.libs.messaging.failing import BrokenBroker
from tests.libs.messaging.scenes import SAMPLED, read_all, running, submitted, withdrawn
from tests.waiting import PATIENCE_S, until
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres


async def test_every_event_reaches_kafka_once_and_in_order(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Events are published once in order, and the outbox is empty afterwards."""
    database, ours = await database_for("applications"), [new_id() for _ in range(50)]
    for each in ours:
        await tell(database, submitted(each), withdrawn(each))
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
    told = await published_of(kafka, *ours)
    assert len(told) == 100
    for each in ours:
        assert [line for line in told if line.startswith(str(each))] == [
            f"{each} application_submitted",
            f"{each} application_withdrawn",
        ]


async def test_a_commit_wakes_the_relay(kafka: EmbeddedKafka, database_for: DatabaseFor) -> None:
    """An event is published at once: here the relay polls once an hour."""
    database, ours = await database_for("applications"), [new_id() for _ in range(3)]
    async with running(relay(database, kafka, poll_s=3600.0)):
        for each in ours:
            await tell(database, submitted(each))
            await until(lambda: is_empty(database))
    assert len(await published_of(kafka, *ours)) == len(ours)


async def test_a_stop_ends_an_idle_relay(kafka: EmbeddedKafka, database_for: DatabaseFor) -> None:
    """A drain does not wait for the next poll, which is an hour away here."""
    database = await database_for("applications")
    async with asyncio.timeout(PATIENCE_S), running(relay(database, kafka, poll_s=3600.0)):
        await tell(database, submitted(new_id()))
        await until(lambda: is_empty(database))


async def test_a_rolled_back_change_publishes_nothing(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """An event of a rolled-back transaction is not published."""
    database, ours, after = await database_for("applications"), new_id(), new_id()
    async with running(relay(database, kafka)):
        with pytest.raises(LookupError):
            await _announce_and_fail(database, submitted(ours))
        await tell(database, submitted(after))
        await until(lambda: is_empty(database))
    assert await published_of(kafka, ours, after) == [f"{after} application_submitted"]


async def _announce_and_fail(database: Database, event: Event) -> None:
    async with database.transaction() as tx:
        await outbox.add(tx, [event])
        raise LookupError("the change did not happen")


async def test_a_drain_publishes_what_is_left(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A stopped relay empties the outbox first."""
    database, ours = await database_for("applications"), [new_id() for _ in range(30)]
    stop = asyncio.Event()
    await tell(database, *[submitted(each) for each in ours])
    stop.set()
    await relay(database, kafka).run(stop)
    assert await is_empty(database)
    assert len(await published_of(kafka, *ours)) == 30


async def test_more_than_one_batch_holds_goes_in_several(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Three megabytes for one partition are published in order, in several batches."""
    database, application = await database_for("applications"), new_id()
    async with database.transaction() as tx:
        key = str(application).encode()
        await outbox.add_records(
            tx, [Record(TOPIC, key, b"%04d" % n + b"x" * 30_000, ()) for n in range(100)]
        )
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
    records = await read_all(kafka, TOPIC)
    ours = [record.value[:4] for record in records if record.key == key and record.value]
    assert ours == [b"%04d" % n for n in range(100)]


async def test_only_one_of_two_relays_publishes_and_the_other_takes_over(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """When the connection of the leading relay breaks, the other one leads."""
    database = await database_for("applications")
    first, second = relay(database, kafka), relay(database, kafka)
    ours = [new_id(), new_id()]
    async with running(first):
        await until(lambda: first.health().ready and not first.health().detail)
        async with running(second):
            await until(lambda: second.health().detail == "another replica publishes")
            await tell(database, submitted(ours[0]))
            await until(lambda: is_empty(database))
            await _cut_leader(database)
            await tell(database, submitted(ours[1]))
            await until(lambda: is_empty(database))
    told = await published_of(kafka, *ours)
    assert sorted(told) == sorted(f"{each} application_submitted" for each in ours)


async def _cut_leader(database: Database) -> None:
    async with database.transaction() as tx:
        assert await tx.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )


async def test_a_postgres_killed_in_the_middle_loses_nothing(
    kafka: EmbeddedKafka, database_for: DatabaseFor, postgres: EmbeddedPostgres
) -> None:
    """Committed events are published after the crash; the relay recovers by itself."""
    database, ours = await database_for("applications"), [new_id(), new_id()]
    part = relay(database, kafka)
    async with running(part):
        await tell(database, submitted(ours[0]))
        await until(lambda: is_empty(database))
        postgres.kill()
        await until(lambda: not part.health().ready)
        await postgres.start()
        await announce_in_the_end(database, submitted(ours[1]))
        await until(lambda: is_empty(database))
        await until(lambda: part.health().ready)
    told = set(await published_of(kafka, *ours))
    assert told == {f"{each} application_submitted" for each in ours}


async def test_a_broker_killed_in_the_middle_loses_nothing_and_changes_no_order(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """After a crash events may be doubled, but none is missing or out of order."""
    database, ours = await database_for("applications"), [new_id() for _ in range(40)]
    async with running(relay(database, kafka)):
        for number, each in enumerate(ours):
            await tell(database, submitted(each), withdrawn(each))
            if number == 20:
                kafka.kill()
        await kafka.start()
        await until(lambda: is_empty(database))
    told = list(dict.fromkeys(await published_of(kafka, *ours)))
    assert len(told) == 80
    for each in ours:
        types = [line.split()[1] for line in told if line.startswith(str(each))]
        assert types == ["application_submitted", "application_withdrawn"]


async def test_span_of_the_send_lies_between_the_change_and_the_reader(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A sampled event carries the context of its send span; an unsampled one its own."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("applications", exporter=exporter)
    database, ours, plain = await database_for("applications"), new_id(), new_id()
    await tell(database, submitted(ours).in_trace(SAMPLED), submitted(plain).in_trace(None))
    async with running(relay(database, kafka, tracing=tracing)):
        await until(lambda: is_empty(database))
    tracing.close()
    (span,) = exporter.get_finished_spans()
    by_key = {record.key: record for record in await read_all(kafka, TOPIC)}
    written = trace_of(by_key[str(ours).encode()].headers)
    assert span.parent is not None
    assert span.context is not None
    assert f"{span.parent.span_id:016x}" == SAMPLED.span_id
    assert written is not None
    assert written.trace_id == SAMPLED.trace_id
    assert written.span_id == f"{span.context.span_id:016x}"
    assert trace_of(by_key[str(plain).encode()].headers) is None


async def test_a_send_that_never_ends_is_made_by_another_producer(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Whatever aiokafka waits for, the relay begins anew and publishes."""
    database, ours = await database_for("applications"), new_id()
    broker = BrokenBroker(kafka, hanging=1)
    await tell(database, submitted(ours))
    async with running(relay_of(broker, database, round_within_s=0.5)):
        await until(lambda: is_empty(database))
    assert broker.made == 2
    assert await published_of(kafka, ours) == [f"{ours} application_submitted"]


async def test_a_send_that_is_cancelled_by_itself_is_made_by_another_producer(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A task group would take it for the wanted end of the relay."""
    database, ours = await database_for("applications"), new_id()
    broker = BrokenBroker(kafka, self_cancelled=1)
    await tell(database, submitted(ours))
    async with running(relay_of(broker, database)):
        await until(lambda: is_empty(database))
    assert broker.made == 2
    assert await published_of(kafka, ours) == [f"{ours} application_submitted"]


async def test_a_cluster_that_answers_nothing_is_asked_by_another_producer(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A producer that sees no broker any more does not keep the outbox from one that does."""
    database, ours = await database_for("applications"), new_id()
    broker = BrokenBroker(kafka)
    part = relay_of(broker, database, unanswered_s=0.1, round_within_s=3.0)
    async with running(part):
        await until(lambda: part.health().ready)
        with frozen(kafka.pid):
            await tell(database, submitted(ours))
            await until(lambda: part.health().detail == "cannot publish: KafkaTimeoutError")
        await until(lambda: is_empty(database))
    assert broker.made > 1
    assert f"{ours} application_submitted" in await published_of(kafka, ours)
