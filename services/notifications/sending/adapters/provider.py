"""What every adapter to a provider does."""

from collections.abc import Sequence
from typing import Protocol

from libs.jobs import Attempt
from services.notifications.messages.rules import DueMessage


class Provider(Protocol):
    """The way to one provider, which carries the messages of one channel."""

    async def send(self, attempts: Sequence[Attempt[DueMessage]]) -> Sequence[Exception | None]:
        """Send messages in one request, under the same keys on every attempt.

        Returns:
            For every message None where the provider has it, or why not: `Unavailable`, `Refused`
            or `Unreadable`.

        Raises:
            Unavailable: the request failed as a whole; the provider may have taken messages.
            Unreadable: the response is not what was agreed.
        """
