"""A service that runs, and components that end when a test says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from libs.component import ComponentHealth, pause
from libs.service import Service


@asynccontextmanager
async def running(built: Service) -> AsyncIterator[str]:
    """Run a service, and yield its address."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(built.run(stop))
        try:
            yield f"http://127.0.0.1:{built.port}"
        finally:
            stop.set()


@dataclass
class Loop:
    """A component that records when it ends; the end takes `finish_s`."""

    name: str
    ended: list[str] = field(default_factory=list)
    finish_s: float = 0.0
    alone_after_s: float = 60.0
    failure: BaseException | None = None

    async def run(self, stop: asyncio.Event) -> None:
        await pause(stop, self.alone_after_s)
        if self.failure is not None:
            raise self.failure
        await asyncio.sleep(self.finish_s)
        self.ended.append(self.name)

    def health(self) -> ComponentHealth:
        return ComponentHealth(ready=False, detail="not yet")
