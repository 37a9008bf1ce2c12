"""An inspector on a real broker: it reads topics, and changes offsets of idle groups only."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from libs.errors import Unavailable
from libs.ids import new_id
from libs.messaging.kafka.broker import client_options
from tests.waiting import PATIENCE_S
from tools.chaos.inspector import TopicInspector
from tools.embedded.kafka import EmbeddedKafka

TOPIC = "identity.v1"


async def write(kafka: EmbeddedKafka, *values: bytes) -> None:
    async with AIOKafkaProducer(**kafka.client) as producer:
        for value in values:
            await producer.send_and_wait(TOPIC, value, partition=0)


async def read_as(kafka: EmbeddedKafka, group: str) -> AIOKafkaConsumer:
    """A member that has read everything and committed it."""
    consumer = AIOKafkaConsumer(
        TOPIC,
        **kafka.client,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    async with asyncio.timeout(PATIENCE_S):
        while not await consumer.getmany(timeout_ms=200):
            continue
    await consumer.commit()
    return consumer


async def test_it_reads_what_came_since(kafka: EmbeddedKafka) -> None:
    """It reads from given offsets to the end, in order."""
    inspector = TopicInspector(kafka.client)
    await write(kafka, b"before")
    since = await inspector.ends([TOPIC])
    await write(kafka, b"one", b"two")
    records = await inspector.records(since)
    assert [record.value for record in records] == [b"one", b"two"]
    assert records[0].offset == since[TOPIC, 0]


async def test_a_group_without_members_is_reset(kafka: EmbeddedKafka) -> None:
    """A group without members reads its records again."""
    inspector, group = TopicInspector(kafka.client), f"idle-{new_id()}"
    await write(kafka, b"one")
    reader = await read_as(kafka, group)
    await reader.stop()
    assert (await inspector.committed([group]))[group][TOPIC, 0] > 0
    assert await inspector.rewind(group, {(TOPIC, 0): 0})
    assert (await inspector.committed([group]))[group][TOPIC, 0] == 0


async def test_a_group_with_members_is_left_as_it_is(kafka: EmbeddedKafka) -> None:
    """Offsets of a group with members are not changed, and the refusal comes soon."""
    inspector, group = TopicInspector(kafka.client), f"busy-{new_id()}"
    await write(kafka, b"one")
    reader = await read_as(kafka, group)
    try:
        assert not await inspector.rewind(group, {(TOPIC, 0): 0})
        assert (await inspector.committed([group]))[group][TOPIC, 0] > 0
    finally:
        await reader.stop()


async def test_a_broker_that_is_down_is_unavailable() -> None:
    """A broker that does not answer raises Unavailable."""
    inspector = TopicInspector(client_options("127.0.0.1:1", None))
    with pytest.raises(Unavailable):
        await inspector.ends([TOPIC])
    with pytest.raises(Unavailable):
        await inspector.committed(["any"])
    assert not await inspector.rewind("any", {(TOPIC, 0): 0})
