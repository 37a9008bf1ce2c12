"""A provider that stands in for a real one where only its answers matter."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from typing_extensions import override

from libs.messaging.work import Asked
from services.notifications.messages.rules import DueMessage
from services.notifications.sending.adapters.provider import Provider


class FakeProvider(Provider):
    """Takes messages one by one; first fails with these failures, and may be kept waiting."""

    def __init__(self, *failures: Exception, may_answer: asyncio.Event | None = None) -> None:
        self._failures = list(failures)
        self._may_answer = may_answer
        self._calls = asyncio.Semaphore(0)
        self.called_for: list[UUID] = []
        self.taken: list[DueMessage] = []

    async def until_called(self, times: int) -> None:
        """Wait until so many more messages have come."""
        async with asyncio.timeout(10):
            for _ in range(times):
                await self._calls.acquire()

    @override
    async def send(self, attempts: Sequence[Asked[DueMessage]]) -> Sequence[Exception | None]:
        """Take messages, or raise the next failure."""
        for attempt in attempts:
            self.called_for.append(attempt.row.message_id)
            self._calls.release()
            if self._may_answer is not None:
                await self._may_answer.wait()
            if self._failures:
                raise self._failures.pop(0)
            self.taken.append(attempt.row)
        return [None] * len(attempts)
