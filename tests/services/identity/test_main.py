import asyncio
import socket
from collections.abc import Awaitable, Callable

import aiohttp

from services.identity.main import build
from services.identity.settings import Settings


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def until_ready(http: aiohttp.ClientSession, path: str) -> None:
    """Ask until the service answers 200."""
    while True:
        try:
            async with http.get(path) as reply:
                if reply.status == 200:
                    return
        except aiohttp.ClientConnectionError:
            pass
        await asyncio.sleep(0.02)


async def test_identity_serves_without_a_broker_and_drains(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """Without a broker identity takes requests; codes wait in the outbox."""
    settings = Settings(dsn=await dsn_for("identity"), port=free_port(), drain_s=1)
    settings.kafka_bootstrap = "127.0.0.1:1"
    stop = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        base = f"http://127.0.0.1:{settings.port}"
        async with aiohttp.ClientSession(base) as http:
            await until_ready(http, "/health/live")
            await until_ready(http, "/.well-known/jwks.json")
            phone = {"phone": "01712345678"}
            async with http.post("/v1/login/codes", json=phone) as reply:
                assert reply.status == 202
            async with http.get("/health/ready") as reply:
                assert reply.status == 503
        stop.set()
