"""The catalogue as a process of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp

from services.catalogue.main import build
from services.catalogue.settings import Settings
from tests.catalogue.running import until

NOBODY = "127.0.0.1:1"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@asynccontextmanager
async def running(dsn: str) -> AsyncIterator[Callable[[str], Awaitable[int]]]:
    """A catalogue whose broker is away, and a way to ask it for a status."""
    settings = Settings(dsn=dsn, port=free_port(), drain_s=1)
    settings.kafka_bootstrap = NOBODY
    stop = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{settings.port}") as http:

            async def ask(path: str) -> int:
                try:
                    async with http.get(path) as reply:
                        return reply.status
                except aiohttp.ClientConnectionError:
                    return 0

            try:
                await until(lambda: ask("/health/live"), 200)
                yield ask
            finally:
                stop.set()


async def test_the_catalogue_serves_without_a_broker_and_drains(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """It loads and answers alone; what it has to tell waits in its outbox."""
    async with running(await dsn_for("catalogue")) as ask:
        await until(lambda: ask("/v1/services/S001"), 200)


async def test_the_catalogue_starts_without_a_database() -> None:
    """It lives, says that it is not ready, and asks callers to come again."""
    async with running(f"postgresql://catalogue:x@{NOBODY}/catalogue") as ask:
        assert await ask("/health/ready") == 503
        assert await ask("/v1/services") == 503
