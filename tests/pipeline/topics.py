"""Read and write topics with a plain client."""

from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from libs.messaging.kafka.administering import administering
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

Headers = Sequence[tuple[str, bytes]]


async def records_of(kafka: EmbeddedKafka, topic: str) -> list[Any]:
    """All records of a topic."""
    consumer = AIOKafkaConsumer(topic, **kafka.client, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    try:
        places = consumer.assignment()
        ends = await consumer.end_offsets(places)
        records: list[Any] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                records.extend(batch)
        return records
    finally:
        await consumer.stop()


async def write(
    kafka: EmbeddedKafka, topic: str, *, key: bytes | None, value: bytes | None, headers: Headers
) -> None:
    """Write one record as it is."""
    producer = AIOKafkaProducer(**kafka.client)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, key=key, headers=list(headers))
    finally:
        await producer.stop()


async def until_read(kafka: EmbeddedKafka, group: str, topic: str) -> None:
    """Wait until a consumer group has committed the end of every partition of the topic."""
    consumer = AIOKafkaConsumer(topic, **kafka.client, group_id=None)
    async with consumer, administering(kafka.client) as admin:
        places = consumer.assignment()
        ends = await consumer.end_offsets(places)

        async def read() -> bool:
            committed = await admin.list_consumer_group_offsets(group)
            return all(ends[at] == 0 or _offset(committed, at) >= ends[at] for at in places)

        await until(read)


def _offset(committed: dict[TopicPartition, Any], place: TopicPartition) -> int:
    return int(committed[place].offset) if place in committed else -1
