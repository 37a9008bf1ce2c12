import asyncio

from libs.component import ComponentHealth, pause
from tests.waiting import PATIENCE_S


def test_a_component_is_healthy_by_default() -> None:
    """`ComponentHealth()` is live and ready."""
    assert ComponentHealth() == ComponentHealth(live=True, ready=True, detail="")


async def test_a_pause_ends_at_its_time() -> None:
    """Without a stop it returns False."""
    assert await pause(asyncio.Event(), 0.01) is False


async def test_a_pause_ends_at_once_when_stopped() -> None:
    """A drain does not wait for it."""
    stop = asyncio.Event()
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(pause(stop, 60))
        await asyncio.sleep(0)
        stop.set()
    assert waiting.result() is True
    assert await pause(stop, 60) is True
