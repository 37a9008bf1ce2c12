"""Batches of outbox rows on a real broker, and a producer that fails in the middle."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from libs.contracts import topics
from libs.messaging.envelope import encode, pack_headers
from libs.messaging.kafka.broker import Broker
from libs.messaging.writing.destination import WHOLE_TOPIC, Destination
from libs.messaging.writing.outbox import OutboxRow
from libs.messaging.writing.publish import Outcome, Publisher
from libs.settings import ServiceSettings
from libs.telemetry.tracing import Tracing
from tests.libs.messaging.failing import BrokenBroker
from tests.libs.messaging.scenes import read_all, settings_for, submitted
from tools.embedded.kafka import EmbeddedKafka

TOPIC = topics.APPLICATIONS.name


def rows(*keys: bytes) -> list[OutboxRow]:
    headers = pack_headers(encode(submitted(), trace=None).headers)
    return [
        OutboxRow(number, TOPIC, key, b"%d" % number, headers) for number, key in enumerate(keys)
    ]


def partition_of(key: bytes) -> int:
    known = list(range(topics.APPLICATIONS.partitions))
    return int(DefaultPartitioner()(key, known, known))


async def sent(
    publisher: Publisher, batch: Sequence[OutboxRow], *, within_s: float = 30.0
) -> Outcome:
    return await publisher.send(await publisher.sort(batch, within_s=30.0), within_s=within_s)


async def published(broker: Broker, batch: Sequence[OutboxRow]) -> list[int]:
    async with publishing(broker) as publisher:
        return ids(await sent(publisher, batch))


def publishing(broker: Broker) -> Publisher:
    return Publisher(broker.producer(), Tracing("applications"))


def ids(outcome: Outcome) -> list[int]:
    return sorted(one for found in outcome.acknowledged.values() for one in found)


async def test_acknowledged_rows_are_named(kafka: EmbeddedKafka) -> None:
    """The ids of acknowledged rows are returned."""
    broker = Broker("applications", settings_for(kafka))
    assert await published(broker, rows(b"a", b"b", b"c")) == [0, 1, 2]


async def test_rows_of_one_key_keep_their_order(kafka: EmbeddedKafka) -> None:
    """A key's records stand in one partition in the order of the rows."""
    key = b"order-of-rows"
    broker = Broker("applications", settings_for(kafka))
    await published(broker, rows(*[key] * 20))
    values = [each.value for each in await read_all(kafka, TOPIC) if each.key == key]
    assert values == [b"%d" % number for number in range(20)]


async def test_a_partition_that_fails_keeps_its_rows_and_the_others_go_on(
    kafka: EmbeddedKafka,
) -> None:
    """The failure is named for its partition; the same producer writes the others."""
    broken = partition_of(b"a")
    other = next(key for key in (b"b", b"c", b"d", b"e") if partition_of(key) != broken)
    async with publishing(BrokenBroker(kafka, broken)) as publisher:
        outcome = await sent(publisher, rows(b"a", other, b"a"))
        assert ids(outcome) == [1]
        assert outcome.failed == {Destination(TOPIC, broken): "RequestTimedOutError"}
        assert ids(await sent(publisher, rows(other))) == [0]


async def test_a_partition_that_does_not_answer_is_waited_for_alone(kafka: EmbeddedKafka) -> None:
    """Its batch stays under way and is not sent twice; the others have their answers."""
    broken = partition_of(b"a")
    other = next(key for key in (b"b", b"c", b"d", b"e") if partition_of(key) != broken)
    async with publishing(BrokenBroker(kafka, broken, silent=True)) as publisher:
        await sent(publisher, rows(other))
        for _ in range(2):
            outcome = await sent(publisher, rows(b"a", other), within_s=1.0)
            assert (ids(outcome), outcome.is_waiting) == ([1], True)
        assert publisher.overdue(0.0) == [Destination(TOPIC, broken)]
        assert publisher.overdue(60.0) == []
        publisher.abandon(Destination(TOPIC, broken))
        assert not (await sent(publisher, rows(other))).is_waiting


async def test_a_broker_that_is_down_is_unavailable() -> None:
    """Without a broker no row counts as written."""
    broker = Broker(
        "applications", ServiceSettings.model_validate({"NAGORIK_KAFKA_BOOTSTRAP": "127.0.0.1:1"})
    )
    with pytest.raises(KafkaError):
        await published(broker, rows(b"a"))


async def test_topics_that_are_not_there_are_looked_for_together(kafka: EmbeddedKafka) -> None:
    """However many they are, other rows are sorted after half a second; closed ones are skipped."""
    nowhere = [
        OutboxRow(number, f"nobody.made.{number}", b"k", b"{}", pack_headers(()))
        for number in range(20)
    ]
    async with publishing(Broker("applications", settings_for(kafka))) as publisher:
        async with asyncio.timeout(5):
            found = await publisher.sort([*nowhere, *rows(b"a")])
        assert list(found)[:20] == [Destination(row.topic, WHOLE_TOPIC) for row in nowhere]
        assert publisher.closed == {row.topic: "not there" for row in nowhere}
        async with asyncio.timeout(0.4):
            await publisher.sort([*nowhere, *rows(b"a")], closed=publisher.closed)


async def test_a_topic_is_not_missing_because_the_broker_is_slow(kafka: EmbeddedKafka) -> None:
    """Only an answer without the topic says so, as at the first start of a busy machine."""
    nowhere = OutboxRow(1, "nobody.made", b"k", b"{}", pack_headers(()))
    async with publishing(Broker("applications", settings_for(kafka))) as publisher:
        await publisher.sort([nowhere], within_s=0.0)
        assert await publisher.refresh()  # it knows only what it has asked for then
        assert publisher.partition_count(TOPIC) == 0
        found = await publisher.sort(rows(b"a"), within_s=0.0)
        assert list(found) == [Destination(TOPIC, partition_of(b"a"))]
        assert publisher.closed == {"nobody.made": "not there"}


async def test_a_row_that_cannot_be_encoded_is_named_and_those_before_it_are_sent(
    kafka: EmbeddedKafka,
) -> None:
    """A header name that is no Unicode must not end the relay."""
    good = rows(b"a", b"a", b"a")
    bad = good[1]._replace(headers=b'[["\\ud800","x"]]')
    async with publishing(Broker("applications", settings_for(kafka))) as publisher:
        outcome = await sent(publisher, [good[0], bad, good[2]])
    destination = Destination(TOPIC, partition_of(b"a"))
    assert outcome.acknowledged == {destination: [0]}
    assert outcome.unpublishable == {destination: (bad, "not_encodable")}
