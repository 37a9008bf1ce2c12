"""Reads topics and groups with a plain client, for checks that are independent of our consumers.

It shares no code with them, so a defect there is not hidden.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from libs.errors import Unavailable
from libs.messaging.envelope import RawRecord
from libs.messaging.kafka.administering import administering
from operations.topics.admin import add_partitions

Place = tuple[str, int]

_POLL_MS = 500
_REWOUND_WITHIN_S = 3.0


class TopicInspector:
    """Reads topics and groups of a broker.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
    """

    def __init__(self, client: Mapping[str, Any]) -> None:
        self._client = client

    async def ends(self, topics: Collection[str]) -> dict[Place, int]:
        """Return the offset of the next record of each partition.

        Raises:
            Unavailable: the broker does not answer.
        """
        async with self._reading(topics) as consumer:
            ends = await consumer.end_offsets(list(consumer.assignment()))
        return {(place.topic, place.partition): offset for place, offset in ends.items()}

    async def records(self, since: Mapping[Place, int]) -> list[RawRecord]:
        """Read all records from these offsets to the current end, in order within each partition.

        Raises:
            Unavailable: the broker does not answer.
        """
        found: list[RawRecord] = []
        async with self._reading({topic for topic, _ in since}) as consumer:
            places = list(consumer.assignment())
            for place in places:
                consumer.seek(place, since.get((place.topic, place.partition), 0))
            ends = await consumer.end_offsets(places)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for batch in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                    found.extend(batch)
        return found

    async def committed(self, groups: Sequence[str]) -> dict[str, dict[Place, int]]:
        """Return the committed offsets of each group.

        Raises:
            Unavailable: the broker does not answer.
        """
        try:
            async with administering(self._client) as admin:
                read = {group: await admin.list_consumer_group_offsets(group) for group in groups}
        except KafkaError as failure:
            raise Unavailable("broker", type(failure).__name__) from failure
        return {group: _by_place(offsets) for group, offsets in read.items()}

    async def add_partitions(self, topic: str, count: int) -> None:
        """Give a topic so many partitions, as `topics apply` does where the map has more."""
        async with administering(self._client) as admin:
            await add_partitions(admin, self._client, {topic: count})

    async def rewind(self, group: str, to: Mapping[Place, int]) -> bool:
        """Reset a group's offsets, as after a loss; return whether it was possible.

        It is not possible while the group has members or no broker answers.
        """
        consumer = AIOKafkaConsumer(**self._client, group_id=group, enable_auto_commit=False)
        offsets = {TopicPartition(*at): OffsetAndMetadata(offset, "") for at, offset in to.items()}
        try:
            async with asyncio.timeout(_REWOUND_WITHIN_S):
                await consumer.start()
                consumer.assign(list(offsets))
                await consumer.commit(offsets)
        except (KafkaError, TimeoutError):
            return False
        except AssertionError:  # raised by the client when a starting broker reports no coordinator
            return False
        finally:
            await consumer.stop()
        return True

    @asynccontextmanager
    async def _reading(self, topics: Collection[str]) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            *topics, **self._client, group_id=None, enable_auto_commit=False
        )
        try:
            await consumer.start()
            yield consumer
        except KafkaError as failure:
            raise Unavailable("broker", type(failure).__name__) from failure
        finally:
            await consumer.stop()


def _by_place(offsets: Mapping[TopicPartition, Any]) -> dict[Place, int]:
    return {(place.topic, place.partition): at.offset for place, at in offsets.items()}
