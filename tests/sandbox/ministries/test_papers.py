"""A paper that comes no more does not hold up its submission at a ministry."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from sandbox.ministries.papers import Paper, PaperFetcher
from tests.examples.modules import example
from tools.embedded.ports import free_port

CONTENT = b"a paper"
GONE = [(404, "document_unknown"), (422, "document_infected"), (422, "document_damaged")]
LATER = [(404, "document_link_ended"), (404, ""), (503, "unavailable")]

backend_module: Any = example("http_backend/backend.py")


@asynccontextmanager
async def papers(status: int, code: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Two papers, of which documents answers about the second with a problem or a proxy's page."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/1":
            return web.Response(body=CONTENT, content_type="image/jpeg")
        if not code:
            return web.Response(status=status, text="<html>", content_type="text/html")
        problem = {"type": f"/problems/{code}", "title": "x", "detail": "x", "status": status}
        return web.json_response(problem, status=status)

    port = free_port()
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield [
            {
                "document_id": str(UUID(int=number)),
                "kind": "photo",
                "media_type": "image/jpeg",
                "size_bytes": len(CONTENT),
                "sha256": sha256(CONTENT).hexdigest(),
                "state": "clean",
                "url": f"http://127.0.0.1:{port}/{number}",
            }
            for number in (1, 2)
        ]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("status", "code"), [*GONE, *LATER])
async def test_a_stand_in_takes_a_submission_without_a_paper_that_comes_no_more(
    status: int, code: str
) -> None:
    """Another answer is one about now: the hand-over comes again."""
    async with (
        papers(status, code) as listed,
        HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t")) as client,
    ):
        fetched = PaperFetcher(client).check([Paper(**paper) for paper in listed])
        if (status, code) in GONE:
            [checked] = await fetched
            assert (checked.paper.document_id.int, checked.is_right) == (1, True)
        else:
            with pytest.raises(Unavailable):
                await fetched


@pytest.mark.parametrize(("status", "code"), [*GONE, *LATER])
async def test_the_example_of_a_back_end_does_the_same(status: int, code: str) -> None:
    """It said 503 for ever."""
    async with papers(status, code) as listed:
        checked = asyncio.to_thread(backend_module.Backend.check_papers, None, listed)
        if (status, code) in GONE:
            await checked
        else:
            with pytest.raises(backend_module.NotNow):
                await checked
