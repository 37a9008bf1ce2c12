"""An SMS provider that stands in for a real one where only its answers matter."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from libs.messaging.work import Asked
from services.notifications.domain.messages import DueMessage


class FakeProvider:
    """Takes messages over; fails as often as told before it does."""

    def __init__(self, *failures: Exception, slow_s: float = 0.0) -> None:
        self.failures = list(failures)
        self.slow_s = slow_s
        self.asked: list[UUID] = []
        self.taken: list[DueMessage] = []
        self._calls = asyncio.Semaphore(0)

    async def until_asked(self, times: int) -> None:
        """Wait until so many calls have come."""
        for _ in range(times):
            await self._calls.acquire()

    async def send(self, asked: Sequence[Asked[DueMessage]]) -> Sequence[Exception | None]:
        """Take messages over, one by one."""
        for each in asked:
            await self._take(each.row)
        return [None] * len(asked)

    async def _take(self, message: DueMessage) -> None:
        self.asked.append(message.message_id)
        self._calls.release()
        await asyncio.sleep(self.slow_s)
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(message)
