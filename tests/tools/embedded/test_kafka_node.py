import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError

from tests.tools.embedded.test_kafka import first_value, send, topics
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.together import together


async def test_a_killed_node_comes_back_alone(folder: Path) -> None:
    """One node of three is killed and restarted at its address; the others keep running."""
    async with EmbeddedKafka(folder, brokers=3) as kafka:
        before = {node_id: node.pid for node_id, node in kafka.nodes.items()}
        kafka.nodes[2].kill()
        assert not kafka.is_running
        address = await kafka.nodes[2].start()
        after = {node_id: node.pid for node_id, node in kafka.nodes.items()}
        assert address == kafka.bootstrap.split(",")[1]
    assert {node_id for node_id in before if before[node_id] != after[node_id]} == {2}


async def test_one_node_of_three_acknowledges_nothing(folder: Path) -> None:
    """With one node no record is acknowledged; acknowledged ones are there after the restart."""
    async with EmbeddedKafka(folder, brokers=3) as kafka:
        await topics(kafka, "kept", copies=3)
        await send(kafka, "kept", b"application")
        assert await replicas_of(kafka, "kept") == 3
        away = [kafka.nodes[1], kafka.nodes[2]]
        for node in away:
            node.kill()
        with pytest.raises(KafkaError):
            await send_within(kafka, "kept", b"another", within_ms=3_000)
        await together(node.start() for node in away)
        assert await first_value(kafka, "kept") == b"application"


async def coordinator_is_there(admin: AIOKafkaAdminClient) -> None:
    """Whether a group has a coordinator; asking creates the offsets topic, which takes a while."""
    async with asyncio.timeout(60):
        while True:
            try:
                await admin.find_coordinator("any")
            except GroupCoordinatorNotAvailableError:
                await asyncio.sleep(0.1)
            else:
                return


async def replicas_of(kafka: EmbeddedKafka, topic: str) -> int:
    """The number of replicas of a topic, which the offsets topic must have, too."""
    admin = AIOKafkaAdminClient(**kafka.client)
    await admin.start()
    try:
        await coordinator_is_there(admin)
        counts = {
            len(partition["replicas"])
            for described in await admin.describe_topics([topic, "__consumer_offsets"])
            for partition in described["partitions"]
        }
    finally:
        await admin.close()
    (count,) = counts
    return count


async def send_within(kafka: EmbeddedKafka, topic: str, value: bytes, *, within_ms: int) -> None:
    async with AIOKafkaProducer(
        **kafka.client, acks="all", request_timeout_ms=within_ms
    ) as producer:
        await producer.send_and_wait(topic, value)
