import asyncio

from libs.errors import Unavailable
from services.applications.repeating import Repeating


async def test_a_failed_round_is_repeated_and_shown() -> None:
    """While the database is away the component is not ready, and tries again soon."""
    rounds: list[bool] = []
    stop = asyncio.Event()

    async def act() -> None:
        rounds.append(component.health().ready)
        if len(rounds) == 1:
            raise Unavailable("database")
        stop.set()

    component = Repeating("x", 60.0, act)
    async with asyncio.timeout(5):
        await component.run(stop)
    assert (rounds, component.health().ready) == ([False, False], True)
