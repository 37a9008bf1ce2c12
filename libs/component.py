"""Components: the loops of a service, which run until they are stopped and report their health."""

import asyncio
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """The health of a component.

    Args:
        live: false only when a restart of the process is needed.
        ready: whether the component can work now; its database or broker may be unavailable.
        detail: why it is not live or ready, without personal data.
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
        """Run until `stop` is set, then finish the work under way and return."""

    def health(self) -> ComponentHealth:
        """Return the component's health; never blocks."""


def is_cancelled() -> bool:
    """Whether the current task was cancelled; a library may raise CancelledError by itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def pause(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for some seconds, or until `stop` is set; return whether it is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
