"""The interface of adapters to providers."""

from collections.abc import Sequence
from typing import Protocol

from libs.jobs import Attempt
from services.notifications.messages.rules import DueMessage


class Provider(Protocol):
    """Sends the messages of one channel to its provider."""

    async def send(self, attempts: Sequence[Attempt[DueMessage]]) -> Sequence[Exception | None]:
        """Send messages in one request, under the same keys for every attempt.

        Returns:
            For every message None if the provider has it, else a failure: `Unavailable`, `Refused`
            or `Unreadable`.

        Raises:
            Unavailable: the request failed as a whole; the provider may have taken messages.
            Unreadable: the response does not have the agreed shape.
        """
