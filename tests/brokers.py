"""The roles of brokers in a cluster, read with a plain client, and topics that are made anew."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from kafka.admin import KafkaAdminClient

from libs.messaging.kafka.administering import administering
from operations.topics.admin import apply_topics, new_topics
from tests.waiting import PATIENCE_S, until
from tools.chaos.inspector import TopicInspector

OWN_ADAPTERS = ("ird", "minland", "mofa", "mofl", "mopa")
"""The ministries whose own topics tests use."""
TOPIC = "applications.v1"
GROUP = "notifications.applications.v1"


class Brokers:
    """A cluster; roles are read again each time, since they move.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
    """

    def __init__(self, client: Mapping[str, Any]) -> None:
        self._client = client

    async def who_is(self, role: str) -> int:
        """Return the node with a role for a busy partition, a busy group, or the cluster.

        Args:
            role: `leader`, `coordinator` or `controller`.
        """
        if role == "controller":
            return await asyncio.to_thread(self._controller)
        async with administering(self._client) as admin:
            if role == "coordinator":
                return int(await admin.find_coordinator(GROUP))
            (topic,) = await admin.describe_topics([TOPIC])
            return int(topic["partitions"][0]["leader"])

    def _controller(self) -> int:
        with KafkaAdminClient(**self._client) as admin:
            (topic,) = admin.describe_metadata_quorum()["topics"]
            return int(topic["partitions"][0]["leader_id"])

    async def until_in_sync(self, *, within_s: float = 180.0) -> None:
        """Wait until all replicas of all partitions are in sync.

        Raises:
            TimeoutError: it takes too long.
        """
        await until(self._in_sync, within_s=within_s, every_s=0.2)

    async def _in_sync(self) -> bool:
        try:
            async with administering(self._client) as admin:
                topics = await admin.describe_topics()
        except KafkaError:
            return False
        return all(
            len(partition["isr"]) == len(partition["replicas"]) and partition["leader"] >= 0
            for topic in topics
            for partition in topic["partitions"]
        )


async def remake_topics(client: Mapping[str, Any]) -> None:
    """Delete all topics of the map that have records and make them again.

    The offsets that groups committed for a topic are deleted with it.
    """
    async with administering(client) as admin:
        there = {topic.name for topic in new_topics(1)}.intersection(await admin.list_topics())
        ends = await TopicInspector(client).ends(there)
        filled = {topic for (topic, _), end in ends.items() if end}
        if not filled:
            return
        await _delete(admin, filled)
    await apply_topics(client, ministries=OWN_ADAPTERS)


async def fresh_topics(client: Mapping[str, Any], *, ministries: Collection[str]) -> None:
    """Delete all topics, and make those of the map.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        ministries: whose own topics are made, too.
    """
    async with administering(client) as admin:
        await _delete(admin, {name for name in await admin.list_topics() if name[:2] != "__"})
    await apply_topics(client, ministries=ministries)


async def _delete(admin: AIOKafkaAdminClient, topics: set[str]) -> None:
    await admin.delete_topics(sorted(topics))
    async with asyncio.timeout(PATIENCE_S):
        while topics.intersection(await admin.list_topics()):
            await asyncio.sleep(0.05)
