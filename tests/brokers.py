"""Which broker has which part: as an outsider asks the cluster."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from kafka.admin import KafkaAdminClient

from tests.waiting import until

TOPIC = "applications.v1"
GROUP = "notifications.applications.v1"


class Brokers:
    """A cluster, asked anew each time: parts move.

    Args:
        client: where the brokers are and who asks, in the words of aiokafka.
    """

    def __init__(self, client: Mapping[str, Any]) -> None:
        self._client = client

    async def who_is(self, part: str) -> int:
        """The node that leads a hot partition, coordinates a hot group, or is the controller.

        Args:
            part: `leader`, `coordinator` or `controller`.
        """
        if part == "controller":
            return await asyncio.to_thread(self._controller)
        async with self._admin() as admin:
            if part == "coordinator":
                return int(await admin.find_coordinator(GROUP))
            (topic,) = await admin.describe_topics([TOPIC])
            return int(topic["partitions"][0]["leader"])

    def _controller(self) -> int:
        with KafkaAdminClient(**self._client) as admin:
            (topic,) = admin.describe_metadata_quorum()["topics"]
            return int(topic["partitions"][0]["leader_id"])

    async def until_in_sync(self, *, within_s: float = 180.0) -> None:
        """Wait until every copy of every partition is in sync again.

        TimeoutError comes out when it takes too long.
        """
        await until(self._in_sync, within_s=within_s, every_s=0.2)

    async def _in_sync(self) -> bool:
        try:
            async with self._admin() as admin:
                topics = await admin.describe_topics()
        except KafkaError:
            return False
        return all(
            len(partition["isr"]) == len(partition["replicas"]) and partition["leader"] >= 0
            for topic in topics
            for partition in topic["partitions"]
        )

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self._client)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()
