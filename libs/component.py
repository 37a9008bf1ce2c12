"""What a service is made of: parts that run until told to stop, and say how they are."""

import asyncio
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """How a part is.

    Args:
        live: false only when nothing but a restart of the process would help.
        ready: whether the part does its work now; its database or broker may be away.
        detail: why not, without personal data.
    """

    live: bool = True
    ready: bool = True
    detail: str = ""


class Component(Protocol):
    """A loop of a service: a consumer, a relay, a worker, a refresher."""

    @property
    def name(self) -> str:
        """The part's name in health answers, logs and metrics."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is in hand and return."""

    def health(self) -> ComponentHealth:
        """How the part is now; never blocks."""


async def pause(stop: asyncio.Event, seconds: float) -> bool:
    """Wait so long, or until `stop` is set; return whether it is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
