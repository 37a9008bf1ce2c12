"""Brokers whose producers fail, to test that no record counts as written by mistake."""

import asyncio
from typing import Any

from aiokafka.errors import RequestTimedOutError
from typing_extensions import override

from libs.messaging.broker import Broker
from tests.libs.messaging.scene import settings_for
from tools.embedded.kafka import EmbeddedKafka


class PartlyFailing:
    """A producer that never gets an acknowledgement for some partitions."""

    def __init__(self, inner: Any, *broken: int) -> None:
        self._inner, self._broken = inner, broken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        if partition not in self._broken:
            return await self._inner.send_batch(batch, topic, partition=partition)
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        failed.set_exception(RequestTimedOutError())
        return failed


class BrokenBroker(Broker):
    """A broker whose first producers fail on some partitions."""

    def __init__(self, kafka: EmbeddedKafka, *broken: int, times: int = 1_000) -> None:
        super().__init__("applications", settings_for(kafka))
        self._broken = broken
        self.times = times

    @override
    def producer(self) -> Any:
        self.times -= 1
        whole = super().producer()
        return PartlyFailing(whole, *self._broken) if self.times >= 0 else whole
