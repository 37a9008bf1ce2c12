"""From the outbox to Kafka: in order, never lost, whatever is killed in between."""

import asyncio
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.component import ComponentHealth
from libs.contracts import topics
from libs.contracts.events import Event
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging import outbox
from libs.messaging.broker import Broker
from libs.messaging.envelope import Record, trace_of
from libs.messaging.relay import Relay
from libs.settings import ServiceSettings
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from tests.conftest import DatabaseFor
from tests.libs.messaging.failing import BrokenBroker
from tests.libs.messaging.scene import (
    SAMPLED,
    own_name,
    read_all,
    running,
    settings_for,
    submitted,
    until,
    until_true,
    withdrawn,
)
from tests.libs.messaging.telling import TOPIC, is_empty, tell, tell_in_the_end, told_of, waiting
from tests.operating import as_user, give, writing
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres


def relay(
    database: Database,
    kafka: EmbeddedKafka | ServiceSettings,
    *,
    tracing: Tracing | None = None,
) -> Relay:
    settings = settings_for(kafka) if isinstance(kafka, EmbeddedKafka) else kafka
    return Relay(
        broker=Broker("applications", settings),
        database=database,
        tracing=tracing or Tracing("applications"),
        metrics=Metrics("applications"),
    )


async def test_every_event_reaches_kafka_once_and_in_order(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Events added in order stand in order, and the outbox is empty afterwards."""
    database, ours = await database_for("applications"), [new_id() for _ in range(50)]
    for each in ours:
        await tell(database, submitted(each), withdrawn(each))
    async with running(relay(database, kafka)):
        await until_true(lambda: is_empty(database))
    told = await told_of(kafka, *ours)
    assert len(told) == 100
    for each in ours:
        assert [line for line in told if line.startswith(str(each))] == [
            f"{each} application_submitted",
            f"{each} application_withdrawn",
        ]


async def test_a_commit_wakes_the_relay(kafka: EmbeddedKafka, database_for: DatabaseFor) -> None:
    """An event is on its way at once, not at the next poll."""
    database = await database_for("applications")
    async with running(relay(database, kafka)):
        await tell(database, submitted())
        await until_true(lambda: is_empty(database))
        waits: list[float] = []
        for _ in range(5):
            await asyncio.sleep(0.1)
            begun_s = asyncio.get_running_loop().time()
            await tell(database, submitted())
            await until_true(lambda: is_empty(database))
            waits.append(asyncio.get_running_loop().time() - begun_s)
    assert min(waits) < 0.7


async def test_a_rolled_back_change_tells_nothing(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """An event of a transaction that did not commit is never seen."""
    database, ours, after = await database_for("applications"), new_id(), new_id()
    async with running(relay(database, kafka)):
        with pytest.raises(LookupError):
            await _tell_and_fail(database, submitted(ours))
        await tell(database, submitted(after))
        await until_true(lambda: is_empty(database))
    assert await told_of(kafka, ours, after) == [f"{after} application_submitted"]


async def _tell_and_fail(database: Database, event: Event) -> None:
    async with database.transaction() as tx:
        await outbox.add(tx, [event])
        raise LookupError("the change did not happen")


async def test_a_drain_publishes_what_is_left(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Told to stop, the relay empties the outbox first."""
    database, ours = await database_for("applications"), [new_id() for _ in range(30)]
    stop = asyncio.Event()
    await tell(database, *[submitted(each) for each in ours])
    stop.set()
    await relay(database, kafka).run(stop)
    assert await is_empty(database)
    assert len(await told_of(kafka, *ours)) == 30


async def test_more_than_one_batch_holds_goes_in_several(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Three megabytes for one partition pass, in order, though a topic takes one at a time."""
    database, application = await database_for("applications"), new_id()
    async with database.transaction() as tx:
        key = str(application).encode()
        await outbox.add_records(
            tx, [Record(TOPIC, key, b"%04d" % n + b"x" * 30_000, ()) for n in range(100)]
        )
    async with running(relay(database, kafka)):
        await until_true(lambda: is_empty(database))
    records = await read_all(kafka, TOPIC)
    ours = [record.value[:4] for record in records if record.key == key and record.value]
    assert ours == [b"%04d" % n for n in range(100)]


async def test_dead_letter_of_the_largest_record_fits(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A record as large as a topic takes fits the dead-letter topic with its reason beside it."""
    database = await database_for("applications")
    topic = topics.dead_letter_topic("applications")
    large = Record(topic, b"large", b"x" * 1_040_000, (("deadletter_reason", b"x" * 900),))
    async with database.transaction() as tx:
        await outbox.add_records(tx, [large])
    async with running(relay(database, kafka)):
        await until_true(lambda: is_empty(database))
    assert any(each.key == b"large" for each in await read_all(kafka, topic))


async def test_a_topic_that_is_not_there_holds_up_no_other(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Rows of a topic that nobody made wait, and readiness names it; all others go."""
    database, ours = await database_for("applications"), new_id()
    async with database.transaction() as tx:
        await outbox.add_records(tx, [Record("nobody.made.v1", b"k", b"{}", ())])
    await tell(database, submitted(ours))
    part = relay(database, kafka)
    async with running(part):
        await until_true(lambda: _is(waiting(database), 1))
        assert part.health().detail == "not open: nobody.made.v1"
    assert await told_of(kafka, ours) == [f"{ours} application_submitted"]


async def test_a_topic_that_may_not_be_written_waits_until_it_may(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A right that is missing turns readiness red and holds up no other; once given, all goes."""
    database, ours, user = await database_for("applications"), new_id(), own_name()
    await give(kafka, user, writing("catalogue.v1"))
    async with database.transaction() as tx:
        await outbox.add_records(tx, [Record("catalogue.v1", user.encode(), b"{}", ())])
    await tell(database, submitted(ours))
    part = relay(database, as_user(kafka, user))
    async with running(part):
        await until_true(lambda: _is(waiting(database), 1))
        assert part.health() == ComponentHealth(ready=False, detail=f"not open: {TOPIC}")
        await give(kafka, user, writing("catalogue.v1"), writing(TOPIC))
        await until(lambda: part.health().ready, within_s=60)
    assert await told_of(kafka, ours) == [f"{ours} application_submitted"]


async def _is(asked: Any, wanted: int) -> bool:
    return bool(await asked == wanted)


async def test_only_one_of_two_relays_publishes_and_the_other_takes_over(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """The lock goes with the connection: cut it, and the one that stands by leads."""
    database = await database_for("applications")
    first, second = relay(database, kafka), relay(database, kafka)
    ours = [new_id(), new_id()]
    async with running(first):
        await until(lambda: first.health().ready and not first.health().detail)
        async with running(second):
            await until(lambda: second.health().detail == "another replica publishes")
            await tell(database, submitted(ours[0]))
            await until_true(lambda: is_empty(database))
            await _cut_leader(database)
            await tell(database, submitted(ours[1]))
            await until_true(lambda: is_empty(database))
    told = await told_of(kafka, *ours)
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
    """Committed events are told after the crash; the relay comes back by itself."""
    database, ours = await database_for("applications"), [new_id(), new_id()]
    part = relay(database, kafka)
    async with running(part):
        await tell(database, submitted(ours[0]))
        await until_true(lambda: is_empty(database))
        postgres.kill()
        await until(lambda: not part.health().ready)
        await postgres.start()
        await tell_in_the_end(database, submitted(ours[1]))
        await until_true(lambda: is_empty(database))
        await until(lambda: part.health().ready)
    told = set(await told_of(kafka, *ours))
    assert told == {f"{each} application_submitted" for each in ours}


async def test_a_broker_killed_in_the_middle_loses_nothing_and_changes_no_order(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Events may come twice after a crash; the first of each stand in order, none is missing."""
    database, ours = await database_for("applications"), [new_id() for _ in range(40)]
    async with running(relay(database, kafka)):
        for number, each in enumerate(ours):
            await tell(database, submitted(each), withdrawn(each))
            if number == 20:
                kafka.kill()
        await kafka.start()
        await until_true(lambda: is_empty(database), within_s=90)
    told = list(dict.fromkeys(await told_of(kafka, *ours)))
    assert len(told) == 80
    for each in ours:
        types = [line.split()[1] for line in told if line.startswith(str(each))]
        assert types == ["application_submitted", "application_withdrawn"]


async def test_a_row_stays_until_kafka_has_it(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Batches that nobody acknowledged are written again, by a new producer, in order."""
    database, ours = await database_for("applications"), [new_id() for _ in range(12)]
    broker = BrokenBroker(kafka, *range(topics.APPLICATIONS.partitions), times=2)
    part = Relay(
        broker=broker,
        database=database,
        tracing=Tracing("applications"),
        metrics=Metrics("applications"),
    )
    for each in ours:
        await tell(database, submitted(each), withdrawn(each))
    async with running(part):
        await until_true(lambda: is_empty(database))
    told = await told_of(kafka, *ours)
    assert broker.times < 0
    for each in ours:
        assert [line for line in told if line.startswith(str(each))] == [
            f"{each} application_submitted",
            f"{each} application_withdrawn",
        ]


async def test_span_of_the_send_lies_between_the_change_and_the_reader(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """A sampled event carries the context of its send span; an unsampled one its own."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("applications", exporter=exporter)
    database, ours, plain = await database_for("applications"), new_id(), new_id()
    await tell(database, submitted(ours).in_trace(SAMPLED), submitted(plain).in_trace(None))
    async with running(relay(database, kafka, tracing=tracing)):
        await until_true(lambda: is_empty(database))
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
