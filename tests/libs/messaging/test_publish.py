"""Batches of outbox rows on a real broker, and a producer that fails in the middle."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from libs.contracts import topics
from libs.errors import Unavailable
from libs.messaging.broker import Broker
from libs.messaging.envelope import encode, pack_headers
from libs.messaging.outbox import OutboxRow
from libs.messaging.publish import Publisher
from libs.settings import ServiceSettings
from libs.telemetry.tracing import Tracing
from tests.libs.messaging.failing import BrokenBroker
from tests.libs.messaging.scene import read_all, settings_for, submitted
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


async def published(broker: Broker, batch: Sequence[OutboxRow]) -> list[int]:
    async with Publisher(broker, Tracing("applications")) as publisher:
        return await publisher.publish(batch)


async def test_acknowledged_rows_are_named(kafka: EmbeddedKafka) -> None:
    """The ids of acknowledged rows are returned."""
    broker = Broker("applications", settings_for(kafka))
    assert sorted(await published(broker, rows(b"a", b"b", b"c"))) == [0, 1, 2]


async def test_rows_of_one_key_keep_their_order(kafka: EmbeddedKafka) -> None:
    """A key's records stand in one partition in the order of the rows."""
    key = b"order-of-rows"
    broker = Broker("applications", settings_for(kafka))
    await published(broker, rows(*[key] * 20))
    values = [each.value for each in await read_all(kafka, TOPIC) if each.key == key]
    assert values == [b"%d" % number for number in range(20)]


async def test_a_partition_that_fails_keeps_its_rows_and_needs_a_new_producer(
    kafka: EmbeddedKafka,
) -> None:
    """Acknowledged rows are deleted, the others stay, and the producer is replaced."""
    broken = partition_of(b"a")
    other = next(key for key in (b"b", b"c", b"d", b"e") if partition_of(key) != broken)
    broker = BrokenBroker(kafka, broken)
    async with Publisher(broker, Tracing("applications")) as publisher:
        assert await publisher.publish(rows(b"a", other, b"a")) == [1]
        with pytest.raises(Unavailable, match="RequestTimedOutError"):
            publisher.check()
        with pytest.raises(Unavailable):
            await publisher.publish(rows(other))


async def test_a_broker_that_is_down_is_unavailable() -> None:
    """Without a broker no row counts as written."""
    broker = Broker(
        "applications", ServiceSettings.model_validate({"NAGORIK_KAFKA_BOOTSTRAP": "127.0.0.1:1"})
    )
    with pytest.raises(KafkaError):
        await published(broker, rows(b"a"))


async def test_missing_topic_is_looked_for_only_now_and_then(kafka: EmbeddedKafka) -> None:
    """A missing topic delays other rows by two seconds once, not in each round."""
    broker = Broker("applications", settings_for(kafka))
    nowhere = [OutboxRow(9, "nobody.made.v2", b"k", b"{}", pack_headers(()))]
    async with Publisher(broker, Tracing("applications")) as publisher:
        assert await publisher.publish(nowhere) == []
        assert publisher.missing() == ["nobody.made.v2"]
        async with asyncio.timeout(1):
            assert await publisher.publish([*nowhere, *rows(b"a")]) == [0]
