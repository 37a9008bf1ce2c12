import asyncio
from collections.abc import Awaitable, Iterable


async def together(awaitables: Iterable[Awaitable[object]]) -> None:
    """Await several things at the same time; the first failure cancels the others and is raised."""

    async def await_it(awaitable: Awaitable[object]) -> None:
        await awaitable

    try:
        async with asyncio.TaskGroup() as tasks:
            for awaitable in awaitables:
                tasks.create_task(await_it(awaitable))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
