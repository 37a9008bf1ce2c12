"""Papers fetched for a ministry that cannot do so itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256

import orjson
import pytest
from aiohttp import web

from libs.contracts.problems import PROBLEMS, TYPE_PREFIX
from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from services.ministries.deliveries.adapters.paper_links import PaperContents
from tools.embedded.ports import free_port

CONTENT = b"%PDF-1.7 a paper"


@dataclass
class Documents:
    """Documents, as it answers a link."""

    url: str
    status: int = 200
    body: bytes = CONTENT
    media_type: str = "application/pdf"

    async def answer(self, _: web.Request) -> web.Response:
        return web.Response(status=self.status, body=self.body, content_type=self.media_type)

    async def fetched(self) -> bytes | None:
        """Fetch the paper."""
        async with HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t")) as client:
            paper = {"url": self.url, "sha256": sha256(CONTENT).hexdigest()}
            return await PaperContents(client, 5.0).fetch(paper)


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    port = free_port()
    documents = Documents(f"http://127.0.0.1:{port}/a-link")
    app = web.Application()
    app.router.add_get("/a-link", documents.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield documents
    await runner.cleanup()


async def test_the_content_is_what_was_submitted(documents: Documents) -> None:
    """By its SHA-256."""
    assert await documents.fetched() == CONTENT


def a_problem(code: str) -> bytes:
    """The problem document by which documents answers."""
    return orjson.dumps({"type": TYPE_PREFIX + code, "status": PROBLEMS[code].status})


@pytest.mark.parametrize("code", ["document_unknown", "document_infected", "document_damaged"])
async def test_a_paper_that_is_gone_is_none(documents: Documents, code: str) -> None:
    """Deleted, damaged, or found infected: documents says so by a problem."""
    documents.status, documents.media_type = PROBLEMS[code].status, "application/problem+json"
    documents.body = a_problem(code)
    assert await documents.fetched() is None


@pytest.mark.parametrize(
    ("status", "media_type", "body"),
    [
        (404, "text/html", CONTENT),
        (404, "application/problem+json", a_problem("document_link_ended")),
        (404, "application/problem+json", a_problem("not_found")),
        (429, "application/problem+json", CONTENT),
        (503, "application/problem+json", CONTENT),
        (200, "application/pdf", b"another"),
    ],
)
async def test_anything_else_is_asked_for_again(
    documents: Documents, status: int, media_type: str, body: bytes
) -> None:
    """A proxy's page, a limit, an outage, another content, or a link by a secret that only one of
    the two services has: the batch waits, and says of no paper that it is gone."""
    documents.status, documents.media_type, documents.body = status, media_type, body
    with pytest.raises(Unavailable):
        await documents.fetched()
