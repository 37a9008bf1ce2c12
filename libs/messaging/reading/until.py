"""Whether a service has handled all that Kafka has of a topic.

What ends because nobody answered in time ends only after that: an answer may lie in the topic while
its reader is down, or far behind.
"""

import asyncio

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from libs.contracts.access import group_of
from libs.contracts.topics import Topic
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.messaging.kafka.broker import Broker
from libs.messaging.kafka.consumer import ResumingConsumer
from libs.messaging.reading import inbox

_LOOK_AGAIN_S = 0.2


async def has_read_all(
    broker: Broker, database: Database, topic: Topic, *, within_s: float = 5.0
) -> bool:
    """Return whether the service has handled the records that Kafka has of a topic now.

    Args:
        broker: the service's connection to Kafka.
        database: the service's own.
        topic: one that the service reads.
        within_s: seconds to wait for the reader, since records come all the time.

    Raises:
        Unavailable: the brokers or the database do not answer.
    """
    try:
        ends = await _ends(broker, topic)
    except (KafkaError, OSError) as failure:
        raise Unavailable("broker", type(failure).__name__) from failure
    for _ in range(1 + int(within_s / _LOOK_AGAIN_S)):
        async with database.transaction() as tx:
            read = await inbox.read_offsets(tx, group_of(broker.service, topic))
        if all(read.get(place, 0) >= end for place, end in ends.items()):
            return True
        await asyncio.sleep(_LOOK_AGAIN_S)
    return False


async def _ends(broker: Broker, topic: Topic) -> dict[TopicPartition, int]:
    """Return the next offset of each partition; without those of which Kafka has no record."""
    reader = ResumingConsumer(*topic.names(), **broker.client, enable_auto_commit=False)
    try:
        await reader.start()
        places = list(reader.assignment())
        begins = await reader.beginning_offsets(places)
        ends = await reader.end_offsets(places)
    finally:
        await reader.stop()
    return {place: end for place, end in ends.items() if end > begins[place]}
