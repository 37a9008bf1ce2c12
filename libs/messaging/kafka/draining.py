"""Checks whether all readers of a topic have read all its records.

When a topic gets more partitions, a key may move to another one. If a reader had not read the old
partition to its end, it could handle a later record of the key before an earlier one.
"""

from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.contracts.access import reading_groups
from libs.contracts.topics import topics_by_name


async def groups_behind(client: Mapping[str, Any], name: str, partitions: int) -> list[str]:
    """Return the consumer groups of the map that have not handled all records of a topic.

    Needs the right to describe the topic and these groups. Readers without a group do not count:
    they read the end, and may miss records.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        name: the topic's name on the broker.
        partitions: its first ones, which are looked at.

    Raises:
        KafkaError: the brokers do not answer, or a right is missing.
    """
    topic = topics_by_name().get(name)
    places = [TopicPartition(name, partition) for partition in range(partitions)]
    groups = reading_groups(topic) if topic else []
    return [group for group in groups if await _is_behind(client, group, places)]


async def _is_behind(client: Mapping[str, Any], group: str, places: list[TopicPartition]) -> bool:
    reader = AIOKafkaConsumer(**client, group_id=group, enable_auto_commit=False)
    await reader.start()
    try:
        beginnings = await reader.beginning_offsets(places)
        ends = await reader.end_offsets(places)
        for place in places:
            handled = max(await reader.committed(place) or 0, beginnings[place])
            if handled < ends[place]:
                return True
        return False
    finally:
        await reader.stop()
