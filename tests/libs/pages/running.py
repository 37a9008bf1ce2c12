"""A service of pages before a gateway that misbehaves as a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from libs.pages.settings import PageSettings
from libs.service import Service
from libs.telemetry.tracing import Tracing
from tests.libs.pages.html_suite import check
from tests.libs.web.running import served
from tests.waiting import until
from tools.virtual_users.pages import Browser

Play = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_SECRET = "only-for-tests-0123456789-0123456789"
SECRETS = {"cookie_secret": _SECRET, "device_secret": _SECRET}


@dataclass
class Scene:
    """A service of pages, a browser, and what the gateway was asked.

    Args:
        browser: does not repeat what was not answered.
        http: for requests that no browser sends.
        url: of the service.
        play: how the gateway answers.
        asked: what it was asked.
    """

    browser: Browser
    http: aiohttp.ClientSession
    url: str
    play: Play
    asked: list[web.BaseRequest] = field(default_factory=list)


@asynccontextmanager
async def pages_running(
    build: Callable[..., Service],
    settings_of: type[PageSettings],
    play: Play,
    port: int,
    **settings: str,
) -> AsyncIterator[Scene]:
    """A running service of pages whose gateway answers like `play`."""
    stop = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        scene.asked.append(request)
        return await scene.play(request)

    async with served(answer) as gateway_url, aiohttp.ClientSession() as http:
        given = {"port": str(port), "gateway_url": gateway_url, **SECRETS, **settings}
        service = build(settings_of.model_validate(given), tracing=Tracing("pages"))
        url = f"http://127.0.0.1:{port}"
        scene = Scene(Browser(http, url, {}, patience_s=0, check=check), http, url, play)

        async def is_live() -> bool:
            try:
                return (await http.get(f"{url}/health/live")).status == 200
            except aiohttp.ClientError:
                return False

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(service.run(stop))
            try:
                await until(is_live)
                yield scene
            finally:
                stop.set()


async def away(request: web.BaseRequest) -> web.Response:
    """A gateway that is overloaded."""
    return web.Response(status=503, headers={"retry-after": "7"})
