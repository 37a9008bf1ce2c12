import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

from services.applications.main import build
from services.applications.settings import Settings


async def test_the_service_starts_serves_and_drains_with_all_others_away(
    dsn_for: Callable[[str], Awaitable[str]], unused_tcp_port: int
) -> None:
    """Without identity, catalogue and broker it lives, says what is missing, and ends in order."""
    settings = Settings(
        dsn=await dsn_for("applications"),
        port=unused_tcp_port,
        identity_url="http://127.0.0.1:9",
        drain_s=3,
    )
    stop = asyncio.Event()
    service = build(settings)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(20):
        running = tasks.create_task(service.run(stop))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{unused_tcp_port}") as client:
            live = await answered(client, "/health/live")
            ready = await answered(client, "/health/ready")
        stop.set()
        await running
    assert live["status"] == "ok"
    assert ready["status"] == "failing"
    assert {"submit", "keys", "offers", "overdue", "relay", "database"} <= ready["parts"].keys()


async def answered(client: aiohttp.ClientSession, path: str) -> dict[str, dict[str, object]]:
    for _ in range(100):
        try:
            async with client.get(path) as response:
                answer: dict[str, dict[str, object]] = await response.json()
                return answer
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.05)
    raise AssertionError("the service does not answer")
