"""Brokers whose producers fail or do not answer, to test that nobody else is held up."""

import asyncio
from contextlib import suppress
from typing import Any

from aiokafka.errors import ProducerClosed, RequestTimedOutError
from typing_extensions import override

from libs.messaging.kafka.broker import Broker
from tests.libs.messaging.scenes import settings_for
from tools.embedded.kafka import EmbeddedKafka


class PartlyFailing:
    """A producer that gets no acknowledgement for some partitions: a failure, or no answer."""

    def __init__(self, inner: Any, *broken: int, silent: bool = False) -> None:
        self._inner, self._broken, self._silent = inner, broken, silent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        if partition not in self._broken:
            return await self._inner.send_batch(batch, topic, partition=partition)
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._silent:
            failed.set_exception(RequestTimedOutError())
        return failed


class Wrapped:
    """A producer that is like another but for what a subclass changes."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class DeadProducer(Wrapped):
    """A producer that cannot send any more."""

    async def send_batch(self, *_: Any, **__: Any) -> Any:
        raise ProducerClosed


class Hanging(Wrapped):
    """A producer none of whose sends ends."""

    async def send_batch(self, *_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()


class SelfCancelled(Wrapped):
    """A producer whose sends raise CancelledError, although nobody cancelled them."""

    async def send_batch(self, *_: Any, **__: Any) -> Any:
        raise asyncio.CancelledError


class Unwilling(Wrapped):
    """A producer whose start does not end, and swallows the first cancellation."""

    async def start(self) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()


class StaleMetadata:
    """What a producer knows of the cluster: no leaders, until it asks again."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._asked = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    @property
    def cluster(self) -> Any:
        return self

    def leader_for_partition(self, partition: Any) -> Any:
        return self._client.cluster.leader_for_partition(partition) if self._asked else -1

    def partitions_for_topic(self, topic: str) -> Any:
        return self._client.cluster.partitions_for_topic(topic)

    async def force_metadata_update(self) -> Any:
        self._asked = True
        return await self._client.force_metadata_update()


class Uninformed:
    """A producer that sends nothing for so long that the leaders have changed meanwhile."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.client = StaleMetadata(inner.client)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class BrokenBroker(Broker):
    """A broker whose producers fail on some partitions; only those for retries write them.

    Args:
        kafka: the broker.
        broken: the partitions.
        silent: whether the producers get no answer at all.
        dead: how many producers for retries cannot send.
        uninformed: whether producers for retries know no leaders until they ask again.
        hanging: how many producers of the relay do not end a send.
        unwilling: whether producers for retries do not end their start.
        self_cancelled: how many producers of each kind raise CancelledError by themselves.
    """

    def __init__(
        self,
        kafka: EmbeddedKafka,
        *broken: int,
        silent: bool = False,
        dead: int = 0,
        uninformed: bool = False,
        hanging: int = 0,
        unwilling: bool = False,
        self_cancelled: int = 0,
    ) -> None:
        super().__init__("applications", settings_for(kafka))
        self._broken = broken
        self._silent = silent
        self._dead = dead
        self._uninformed = uninformed
        self._hanging = hanging
        self._unwilling = unwilling
        self._self_cancelled = self_cancelled
        self.made = 0
        self.retrying = 0

    @override
    def producer(self) -> Any:
        self.made += 1
        if self.made <= self._hanging:
            return Hanging(super().producer())
        if self.made <= self._self_cancelled:
            return SelfCancelled(super().producer())
        return PartlyFailing(super().producer(), *self._broken, silent=self._silent)

    @override
    def retrying_producer(self) -> Any:
        self.retrying += 1
        made = super().retrying_producer()
        if self._unwilling:
            return Unwilling(made)
        if self.retrying <= self._self_cancelled:
            return SelfCancelled(made)
        if self._uninformed:
            return Uninformed(made)
        return DeadProducer(made) if self.retrying <= self._dead else made
