"""Waits for conditions that have no event."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, TypeVar, overload

import aiohttp

T = TypeVar("T")

PATIENCE_S = 120.0
"""Only what hangs takes so long: a slow machine makes a test slower, not red."""


@overload
async def until(
    condition: Callable[[], Awaitable[T | None]], *, within_s: float = ..., every_s: float = ...
) -> T: ...
@overload
async def until(
    condition: Callable[[], T | None], *, within_s: float = ..., every_s: float = ...
) -> T: ...
async def until(
    condition: Callable[[], Any], *, within_s: float = PATIENCE_S, every_s: float = 0.02
) -> Any:
    """Evaluate a condition until it is true, and return its value.

    Args:
        condition: evaluated again and again; may be asynchronous.
        within_s: seconds until TimeoutError is raised.
        every_s: seconds between two evaluations.
    """
    async with asyncio.timeout(within_s):
        while True:
            answer = condition()
            if isawaitable(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(every_s)


async def answered(url: str, *, within_s: float = PATIENCE_S) -> tuple[int, Any]:
    """Return status and body of an address, once a server listens there."""

    async def ask() -> tuple[int, Any] | None:
        try:
            async with http.get(url) as response:
                is_json = response.content_type == "application/json"
                return response.status, await (response.json() if is_json else response.text())
        except aiohttp.ClientConnectorError:
            return None

    async with aiohttp.ClientSession() as http:
        return await until(ask, within_s=within_s)
