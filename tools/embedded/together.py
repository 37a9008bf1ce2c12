import asyncio
from collections.abc import Awaitable, Iterable


async def together(awaitables: Iterable[Awaitable[object]]) -> None:
    """Await several things at the same time; the first failure cancels the others and is raised."""

    async def one(work: Awaitable[object]) -> None:
        await work

    try:
        async with asyncio.TaskGroup() as tasks:
            for work in awaitables:
                tasks.create_task(one(work))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
