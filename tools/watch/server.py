"""Serves the figures of a platform on this machine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from tools.embedded.ports import HOST
from tools.watch.page import HEADERS, figures, runbook
from tools.watch.watch import Watch


@asynccontextmanager
async def watch_page(targets: Mapping[str, str], port: int) -> AsyncIterator[str]:
    """Serve the figures of these processes inside the context; yield the page's address.

    Args:
        targets: the addresses of metrics by their processes.
        port: of this machine.

    Raises:
        OSError: the port is taken.
    """
    watch = Watch(targets)
    app = web.Application()
    app.router.add_get("/", _shown(lambda _: figures(watch, "on-call")))
    app.router.add_get("/runbooks/{name}", _shown(lambda name: runbook(watch, name)))
    app.router.add_get("/{name}", _shown(lambda name: figures(watch, name)))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        async with asyncio.TaskGroup() as tasks:
            scrapes = tasks.create_task(watch.run())
            try:
                yield f"http://{HOST}:{port}"
            finally:
                scrapes.cancel()
    finally:
        await runner.cleanup()


def _shown(page: Callable[[str], str]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(request: web.Request) -> web.Response:
        try:
            text = page(request.match_info.get("name", ""))
        except LookupError:
            raise web.HTTPNotFound from None
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    return show
