"""Components: the loops of a service, which run until they are stopped and report their health."""

import asyncio
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """How a component is.

    Args:
        live: false only when nothing but a restart of the process would help.
        ready: whether the component can work now; its database or broker may be unavailable.
        detail: why not, without personal data.
    """

    live: bool = True
    ready: bool = True
    detail: str = ""


class Component(Protocol):
    """A loop of a service: a consumer, a relay, a job runner, a refresher."""

    @property
    def name(self) -> str:
        """The component's name in health answers, logs and metrics."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish the work under way and return."""

    def health(self) -> ComponentHealth:
        """The component's health now; never blocks."""


async def pause(stop: asyncio.Event, seconds: float) -> bool:
    """Wait so long, or until `stop` is set; return whether it is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
