"""Destinations that cannot be written hold up nobody else, and lose nothing."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from typing_extensions import override

from libs.component import ComponentHealth
from libs.contracts import topics
from libs.contracts.topics import LARGEST_RECORD_BYTES
from libs.database.pool import Database, OwnConnection
from libs.dead_letters.replay import Replay
from libs.dead_letters.rules import ALL
from libs.ids import new_id
from libs.messaging.envelope import Record
from libs.messaging.kafka.administering import administering
from libs.messaging.reading.redelivery import redelivery
from libs.messaging.writing import outbox
from libs.sealed_records import seal_record
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from tests.ciphers import make_cipher
from tests.conftest import DatabaseFor
from tests.libs.dead_letters.scenes import open_dead_letters
from tests.libs.messaging.announcing import (
    TOPIC,
    add,
    is_empty,
    make_topic,
    outbox_rows,
    published_of,
    relay,
    relay_of,
    tell,
    waiting,
)
from tests.libs.messaging.failing import BrokenBroker
from tests.libs.messaging.scenes import own_name, read_all, running, setting, submitted, withdrawn
from tests.operating import as_user, give, writing
from tests.waiting import PATIENCE_S, until
from tools.embedded.kafka import EmbeddedKafka

TAKEN = "submissions.mofa.v1"


async def test_dead_letter_of_the_largest_record_fits(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """The copy of the largest record and its reason fit the dead-letter topic."""
    database = await database_for("applications")
    topic = topics.dead_letter_topic("applications")
    large = Record(topic, b"large", b"x" * 1_040_000, (("deadletter_reason", b"x" * 900),))
    async with database.transaction() as tx:
        await outbox.add_records(tx, [large])
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
    assert any(each.key == b"large" for each in await read_all(kafka, topic))


async def test_a_missing_topic_does_not_delay_others(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Rows of a missing topic wait, readiness names it, and all others are published."""
    database, ours = await database_for("applications"), new_id()
    async with database.transaction() as tx:
        await outbox.add_records(tx, [Record("nobody.made.v1", b"k", b"{}", ())])
    await tell(database, submitted(ours))
    part = relay(database, kafka)
    async with running(part):
        await until(lambda: _is(waiting(database), 1))
        assert part.health().detail == "not open: nobody.made.v1"
    assert await published_of(kafka, ours) == [f"{ours} application_submitted"]


async def test_a_topic_that_may_not_be_written_waits_until_it_may(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Without a right the relay is not ready, other topics are published, and with it all are."""
    database, ours, user = await database_for("applications"), new_id(), own_name()
    await give(kafka, user, writing("catalogue.v1"))
    async with database.transaction() as tx:
        await outbox.add_records(tx, [Record("catalogue.v1", user.encode(), b"{}", ())])
    await tell(database, submitted(ours))
    part = relay(database, as_user(kafka, user))
    async with running(part):
        await until(lambda: _is(waiting(database), 1))
        assert part.health() == ComponentHealth(ready=False, detail=f"not open: {TOPIC}")
        await give(kafka, user, writing("catalogue.v1"), writing(TOPIC))
        await until(lambda: part.health().ready)
    assert await published_of(kafka, ours) == [f"{ours} application_submitted"]


async def _is(asked: Any, wanted: object) -> bool:
    return bool(await asked == wanted)


async def test_a_row_stays_until_kafka_has_it(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Batches that failed are written again in order by one other producer."""
    database, ours = await database_for("applications"), [new_id() for _ in range(12)]
    broker = BrokenBroker(kafka, *range(topics.APPLICATIONS.partitions))
    part = relay_of(broker, database)
    for each in ours:
        await tell(database, submitted(each), withdrawn(each))
    async with running(part):
        await until(lambda: is_empty(database))
    told = await published_of(kafka, *ours)
    assert broker.retrying == 1
    for each in ours:
        assert [line for line in told if line.startswith(str(each))] == [
            f"{each} application_submitted",
            f"{each} application_withdrawn",
        ]


async def test_a_retry_that_is_cancelled_by_itself_is_repeated(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Else its destination would stay blocked until the next start."""
    database, ours = await database_for("applications"), new_id()
    broker = BrokenBroker(kafka, *range(topics.APPLICATIONS.partitions), self_cancelled=1)
    part = relay_of(broker, database)
    await tell(database, submitted(ours))
    async with running(part):
        await until(lambda: is_empty(database))
    assert await published_of(kafka, ours) == [f"{ours} application_submitted"]


async def test_a_retry_that_swallows_its_cancellation_holds_up_no_end(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """aiokafka's `close` may swallow one: the relay ends, and its rows wait for the next."""
    database = await database_for("applications")
    broker = BrokenBroker(kafka, *range(topics.APPLICATIONS.partitions), unwilling=True)
    part = relay_of(broker, database)
    await tell(database, submitted(new_id()))
    async with asyncio.timeout(PATIENCE_S), running(part):
        await until(lambda: broker.retrying == 1)
    assert await _is(waiting(database), 1)


@pytest.mark.parametrize("producers", [{"dead": 2}, {"uninformed": True}])
async def test_retries_do_not_depend_on_what_their_producer_was(
    kafka: EmbeddedKafka, database_for: DatabaseFor, producers: dict[str, Any]
) -> None:
    """One that cannot send is replaced; one whose leaders have changed asks for the new ones."""
    database, ours = await database_for("applications"), [new_id() for _ in range(6)]
    broker = BrokenBroker(kafka, *range(topics.APPLICATIONS.partitions), **producers)
    part = relay_of(broker, database)
    await tell(database, *[submitted(each) for each in ours])
    async with running(part):
        await until(lambda: is_empty(database))
    assert len(await published_of(kafka, *ours)) == len(ours)


class CountingDatabase(Database):
    """Counts the statements of dedicated connections, and the transactions."""

    seen_sql: list[str]
    begun: int

    @override
    async def dedicated(self) -> "asyncpg.Connection[asyncpg.Record]":
        connection = await super().dedicated()
        self.seen_sql = []
        self.begun = 0
        connection.add_query_logger(lambda logged: self.seen_sql.append(logged.query))
        return connection

    @override
    def transaction(self, own: OwnConnection | None = None) -> Any:
        self.begun += 1
        return super().transaction(own)

    def rounds(self) -> int:
        """How many times the outbox was read."""
        return sum("gone AS (DELETE FROM outbox" in each for each in self.seen_sql)


@pytest.fixture
async def counting(
    dsn_for: Callable[[str], Awaitable[str]],
) -> AsyncIterator[CountingDatabase]:
    """The database of `database_for("applications")`."""
    database = CountingDatabase(await dsn_for("applications"), cipher=make_cipher())
    await database.open()
    yield database
    await database.close()


async def test_a_round_is_one_statement_while_nothing_is_blocked(
    kafka: EmbeddedKafka, database_for: DatabaseFor, counting: CountingDatabase
) -> None:
    """Passing over what is blocked costs nothing where nothing is."""
    database = await database_for("applications")
    async with running(relay(counting, kafka)):
        await tell(database, submitted())
        await until(lambda: is_empty(database))
        counting.seen_sql.clear()
        begun = counting.begun
        for _ in range(5):
            await tell(database, submitted())
            await until(lambda: is_empty(database))
        assert len(counting.seen_sql) == counting.rounds() > 0
        assert counting.begun == begun


async def fill(database: Database, topic: str, rows: int) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO outbox (topic, record_key, record_value, headers)"
            " SELECT $1, number::text::bytea, '{}', '[]' FROM generate_series(1, $2) AS number",
            topic,
            rows,
        )


async def test_a_hundred_thousand_rows_of_a_closed_topic_hold_up_nobody(
    kafka: EmbeddedKafka, database_for: DatabaseFor, counting: CountingDatabase
) -> None:
    """They are read once, thousands at a time, and never again in a round of the others."""
    database, ours = await database_for("applications"), [new_id(), new_id()]
    await fill(database, "nobody.made.v1", 100_000)
    await tell(database, submitted(ours[0]))
    part = relay(counting, kafka)
    async with running(part):
        await until(lambda: _is(outbox_rows(database), 0))
        assert counting.rounds() <= 12
        assert await waiting(database) == 100_000
        assert part.health() == ComponentHealth(ready=False, detail="not open: nobody.made.v1")
        before = counting.rounds()
        await tell(database, submitted(ours[1]))
        await until(lambda: _is(outbox_rows(database), 0))
        assert counting.rounds() <= before + 4
    assert len(await published_of(kafka, *ours)) == 2


async def test_rows_that_waited_for_a_topic_are_published_in_order_when_it_is_made(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Also those of an earlier relay; the age of the oldest is shown until then."""
    database, topic, metrics = await database_for("applications"), f"made.{new_id()}", Metrics("x")
    await add(database, topic, b"k", *(b"%d" % number for number in range(1_500)))
    async with running(relay(database, kafka)):
        await until(lambda: _is(outbox_rows(database), 0))
    await add(database, topic, b"k", b"1500")
    part = relay(database, kafka, metrics=metrics)
    async with running(part):
        await until(lambda: _age_s(metrics, topic) > 0)
        await make_topic(kafka, topic)
        await until(lambda: is_empty(database))
        await until(lambda: part.health().ready)
        assert _age_s(metrics, topic) == 0
        await add(database, topic, b"k", b"1501")
        await until(lambda: is_empty(database))
    values = [each.value for each in await read_all(kafka, topic)]
    assert values == [b"%d" % number for number in range(1_502)]


def _age_s(metrics: Metrics, topic: str) -> float:
    found = re.search(
        rf'outbox_blocked_age_seconds{{[^}}]*topic="{re.escape(topic)}"}} (\S+)'.encode(),
        metrics.render(),
    )
    return float(found[1]) if found else -1.0


async def test_a_partition_without_an_answer_holds_up_no_other(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """As without a leader or without enough replicas: the others go on, and so does it later."""
    database, ours = await database_for("applications"), [new_id() for _ in range(20)]
    broker = BrokenBroker(kafka, *range(topics.APPLICATIONS.partitions - 1), silent=True)
    part = relay_of(broker, database, unanswered_s=0.1)
    for each in ours:
        await tell(database, submitted(each), withdrawn(each))
    async with running(part):
        await until(lambda: is_empty(database))
        await until(lambda: part.health().ready)
        more = [new_id() for _ in range(20)]
        await tell(database, *[submitted(each) for each in more])
        await until(lambda: is_empty(database))
    told = await published_of(kafka, *ours)
    for each in ours:
        types = [line.split()[1] for line in told if line.startswith(str(each))]
        assert types == ["application_submitted", "application_withdrawn"]
    assert len(await published_of(kafka, *more)) == 20


@asynccontextmanager
async def accepting(kafka: EmbeddedKafka, most_bytes: int) -> AsyncIterator[None]:
    """Let a topic take only small batches."""
    await _limit(kafka, most_bytes)
    try:
        yield
    finally:
        await _limit(kafka, LARGEST_RECORD_BYTES)


async def _limit(kafka: EmbeddedKafka, most_bytes: int) -> None:
    configs = {
        "max.message.bytes": str(most_bytes),
        "retention.ms": str(topics.SUBMISSIONS.retention_ms),
        "unclean.leader.election.enable": "false",
        "min.insync.replicas": "1",
    }
    async with administering(kafka.client) as admin:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, TAKEN, configs=configs)]
        )
    await until(lambda: _is(setting(kafka, TAKEN, "max.message.bytes"), str(most_bytes)))


async def test_a_record_that_the_broker_refuses_becomes_a_dead_letter_of_the_writer(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """With one alert; its key waits behind it, and everything else is published."""
    database, metrics = await database_for("applications"), Metrics("applications")
    one, other = str(new_id()).encode(), str(new_id()).encode()
    part = relay(database, kafka, metrics=metrics)
    async with accepting(kafka, 5_000), running(part):
        await add(database, TAKEN, other, *(b"%02d" % number * 400 for number in range(20)))
        await add(database, TAKEN, one, b"0" * 6_000, b"1")
        await add(database, TAKEN, other, b"last")
        await until(lambda: is_empty(database))
        await until(lambda: part.health().ready)
        await add(database, TAKEN, one, b"2")
        await until(lambda: is_empty(database))
    reasons = [dead_letter.reason for dead_letter in await open_dead_letters(database)]
    assert reasons == ["unpublishable.too_large", "blocked", "blocked"]
    assert metrics.counter("final_failures", source=topics.SUBMISSIONS.name).value == 1
    assert await _values(kafka, one) == []
    values = await _values(kafka, other)
    assert (len(values), values[-1]) == (21, b"last")


async def test_a_replay_of_an_unpublished_event_overtakes_nothing_of_its_key(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """It fails again while the limit is low; then it goes before all later ones of its key."""
    database, key = await database_for("applications"), str(new_id()).encode()
    replay = Replay(database, redelivery({}, Tracing("applications")), {})
    async with accepting(kafka, 5_000), running(relay(database, kafka)):
        await add(database, TAKEN, key, b"0" * 6_000, b"1")
        await until(lambda: is_empty(database))
        await replay.run(ALL)  # in vain
        await until(lambda: _is(_open(database), 2))
        await until(lambda: is_empty(database))
    await add(database, TAKEN, key, b"2")
    assert (await replay.run(ALL)).failed == {}
    async with running(relay(database, kafka)):
        await add(database, TAKEN, key, b"3")
        await until(lambda: is_empty(database))
    assert await _values(kafka, key) == [b"0" * 6_000, b"1", b"2", b"3"]


async def test_a_replay_ends_while_the_relay_publishes_what_it_puts_back(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Each event is published when it is put back, though those behind it are dead letters yet."""
    database, key = await database_for("applications"), str(new_id()).encode()
    values = [b"0" * 6_000, *(b"%d" % number for number in range(1, 60))]
    replay = Replay(database, redelivery({}, Tracing("applications")), {})
    async with accepting(kafka, 5_000), running(relay(database, kafka)):
        await add(database, TAKEN, key, *values)
        await until(lambda: is_empty(database))
    async with running(relay(database, kafka)):
        async with asyncio.timeout(PATIENCE_S):
            report = await replay.run(ALL)
        await until(lambda: is_empty(database))
    assert (len(report.settled), report.failed, report.blocked) == (len(values), {}, [])
    assert await _open(database) == 0
    assert await _values(kafka, key) == values


async def _open(database: Database) -> int:
    return len(await open_dead_letters(database))


async def _values(kafka: EmbeddedKafka, key: bytes) -> list[bytes | None]:
    return [each.value for each in await read_all(kafka, TAKEN) if each.key == key]


async def test_a_row_that_cannot_be_encoded_becomes_a_dead_letter(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """It does not end the relay, and the rows beside it are published."""
    database, ours = await database_for("applications"), new_id()
    async with database.transaction() as tx:
        headers = b'[["\\ud800", "x"]]'
        await tx.execute(
            "INSERT INTO outbox (topic, record_key, record_value, headers)"
            " VALUES ($1, 'k', $2, $3)",
            TOPIC,
            seal_record(tx, TOPIC, b"k", b"{}", headers),
            headers,
        )
    await tell(database, submitted(ours))
    async with running(relay(database, kafka)):
        await until(lambda: is_empty(database))
    assert len(await published_of(kafka, ours)) == 1
    (letter,) = await open_dead_letters(database)
    assert letter.reason == "unpublishable.not_encodable"
