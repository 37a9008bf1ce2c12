"""Finds out whether a database is behind the offsets of its consumer groups: it was restored.

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
from libs.messaging.reading import inbox


class DatabaseBehind(Unavailable):
    """The database was restored to a moment before records that its groups have read.

    Args:
        partitions: how many partitions were read further than the database knows.
    """

    def __init__(self, partitions: int) -> None:
        super().__init__("database", "it was restored: see the runbook database-loss.md")
        self.partitions = partitions


class StoredOffsets:
    """The highest next offsets of a group that this process has seen in its database.

    They never get lower there, unless the database goes back.

    Args:
        group: the consumer group.
        database: of the service.
    """

    def __init__(self, group: str, database: Database) -> None:
        self._group = group
        self._database = database
        self._highest: dict[TopicPartition, int] = {}

    def note(self, stored: Mapping[TopicPartition, int]) -> None:
        """Store the offsets of the database, after the commit of a transaction that wrote them."""
        for place, offset in stored.items():
            self._highest[place] = max(self._highest.get(place, 0), offset)

    def forget(self) -> None:
        """Begin anew with a database that was compared with Kafka."""
        self._highest = {}

    def check(self, stored: Mapping[TopicPartition, int]) -> None:
        """Check the database's offsets of these partitions.

        Raises:
            DatabaseBehind: it went back.
        """
        _check_all(stored, {place: self._highest.get(place, 0) for place in stored})

    async def compare(self) -> None:
        """Read the database's offsets of all partitions, and check them; Kafka is not asked.

        Raises:
            DatabaseBehind: it went back.
            Unavailable: the database does not answer.
        """
        before = dict(self._highest)  # batches go on meanwhile
        async with self._database.transaction() as tx:
            stored = await inbox.read_offsets(tx, self._group)
        _check_all(stored, before)
        self.note(stored)


async def check_not_behind(client: Mapping[str, Any], database: Database, group: str) -> None:
    """Compare the offsets of a group in Kafka and in the database.

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
    _check_all(stored, committed)


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
        return await offsets_of(connected, group)
    finally:
        await connected.close()


async def offsets_of(connected: AIOKafkaClient, group: str) -> dict[TopicPartition, int]:
    """Return the offsets that Kafka has of a group, over an open connection.

    Raises:
        KafkaError: as for `committed_offsets`.
    """
    node = await connected.coordinator_lookup(CoordinationType.GROUP, group)
    answer = await connected.send(node, OffsetFetchRequest(group, None))
    found: dict[TopicPartition, int] = {}
    _check(answer.error_code, group)
    for topic, partitions in answer.topics:
        for partition, offset, _, error_code in partitions:
            _check(error_code, group)
            if offset >= 0:
                found[TopicPartition(topic, partition)] = offset
    return found


def _check_all(stored: Mapping[TopicPartition, int], read: Mapping[TopicPartition, int]) -> None:
    behind = [place for place, offset in read.items() if offset > stored.get(place, 0)]
    if behind:
        raise DatabaseBehind(len(behind))


def _check(error_code: int, group: str) -> None:
    if error_code:
        raise for_code(error_code)(group)
