"""Whether a database is behind what its consumer groups have read: it was restored.

A transaction stores how far it has read, and Kafka is told afterwards. So what Kafka has committed
is never ahead of the database, unless that went back to an earlier moment. Then records were read
whose effects are gone. Their group does not read on before an operator has told it from where
(decision 63).
"""

from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

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
    """Return the offsets that Kafka has of a group, by partition."""
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {place: meta.offset for place, meta in found.items() if meta.offset >= 0}
