"""Whether a database is behind what its consumer groups have read: it was restored.

A transaction stores how far it has read, and Kafka is told afterwards. So what Kafka has committed
is never ahead of the database, unless that went back to an earlier moment. Then records were read
whose effects are gone. Their group does not read on before an operator has told it from where
(decision 63).
"""

from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import for_code
from aiokafka.protocol.commit import OffsetFetchRequest

from libs.database.pool import Database
from libs.errors import Unavailable
from libs.messaging import inbox


class DatabaseBehind(Unavailable):
    """The database was restored to a moment before what was read.

    Args:
        partitions: how many partitions were read further than the database knows.
    """

    def __init__(self, partitions: int) -> None:
        super().__init__("database", "it was restored: see the runbook database-loss.md")
        self.partitions = partitions


async def check_not_behind(client: Mapping[str, Any], database: Database, group: str) -> None:
    """Compare what Kafka and the database say a group has read.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        database: of the service.
        group: the consumer group; needs the right to describe it.

    Raises:
        DatabaseBehind: records were read whose effects are not in the database.
        Unavailable: the database does not answer.
        KafkaError: the brokers do not answer, or a right is missing.
    """
    committed = await committed_offsets(client, group)
    async with database.transaction() as tx:
        stored = await inbox.read_offsets(tx, group)
    behind = [place for place, offset in committed.items() if offset > stored.get(place, 0)]
    if behind:
        raise DatabaseBehind(len(behind))


async def committed_offsets(client: Mapping[str, Any], group: str) -> dict[TopicPartition, int]:
    """Return the offsets that Kafka has of a group, by partition.

    aiokafka's own function returns none where the coordinator answers with an error, e.g. while it
    loads them after a restart.

    Raises:
        KafkaError: the brokers do not answer, or do not know the offsets yet; a right is missing.
    """
    connected = AIOKafkaClient(**client)
    try:
        await connected.bootstrap()
        node = await connected.coordinator_lookup(CoordinationType.GROUP, group)
        answer = await connected.send(node, OffsetFetchRequest(group, None))
    finally:
        await connected.close()
    found: dict[TopicPartition, int] = {}
    _check(answer.error_code, group)
    for topic, partitions in answer.topics:
        for partition, offset, _, error_code in partitions:
            _check(error_code, group)
            if offset >= 0:
                found[TopicPartition(topic, partition)] = offset
    return found


def _check(error_code: int, group: str) -> None:
    if error_code:
        raise for_code(error_code)(group)
