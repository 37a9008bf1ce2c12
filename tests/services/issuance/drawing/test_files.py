"""PDFs that ministries brought are passed on as they came."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from aiohttp import web

from libs.clock import Clock
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.signed.document_links import DocumentLink, link_key, read_link
from services.issuance.drawing.files import PaperFiles
from tests.libs.web.running import served

SECRET = "a-master-secret-for-tests-of-papers"
AT = datetime(2026, 3, 1, tzinfo=UTC)
CONTENT = b"%PDF-1.7 signed by the ministry"
DOCUMENT = new_id()
APPLICATION = new_id()


async def fetched(answer: Callable[[web.BaseRequest], web.Response]) -> bytes:
    """Fetch the PDF from a stand-in of documents."""

    async def show(request: web.BaseRequest) -> web.StreamResponse:
        return answer(request)

    async with (
        served(show) as url,
        HttpClient("documents", tracing=Tracing("t"), metrics=Metrics("t")) as client,
    ):
        files = PaperFiles(client, url, SECRET, Clock(lambda: AT), 10.0)
        return await files.fetch(DOCUMENT, sha256(CONTENT).hexdigest(), "lgd", APPLICATION)


async def test_the_very_bytes_come_by_a_link_of_this_ministry() -> None:
    def answer(request: web.BaseRequest) -> web.Response:
        token = request.path.rpartition("/")[2]
        link = DocumentLink(DOCUMENT, "lgd", application_id=APPLICATION)
        assert read_link(token, link_key(SECRET), AT) == link
        return web.Response(body=CONTENT)

    assert await fetched(answer) == CONTENT


@pytest.mark.parametrize(
    ("status", "body"), [(200, CONTENT + b" "), (404, b"{}"), (422, b"{}"), (200, bytes(5_000_001))]
)
async def test_another_file_is_none(status: int, body: bytes) -> None:
    """One that is changed, gone, damaged, or too large."""
    with pytest.raises(Refused) as refused:
        await fetched(lambda _: web.Response(status=status, body=body))
    assert refused.value.code == "paper_file_gone"


async def test_few_files_are_fetched_at_once() -> None:
    """Each is in memory, and a hundred people may ask at once; all are served in turn."""
    under_way, most = 0, 0

    async def show(_: web.BaseRequest) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return web.Response(body=CONTENT)

    async with (
        served(show) as url,
        HttpClient("documents", tracing=Tracing("t"), metrics=Metrics("t")) as client,
    ):
        files = PaperFiles(client, url, SECRET, Clock(lambda: AT), 10.0)
        digest = sha256(CONTENT).hexdigest()
        found = await asyncio.gather(
            *(files.fetch(DOCUMENT, digest, "lgd", APPLICATION) for _ in range(40))
        )
    assert found == [CONTENT] * 40
    assert most <= 8


async def test_documents_that_is_away_is_no_fault_of_the_file() -> None:
    with pytest.raises(Unavailable):
        await fetched(lambda _: web.Response(status=503))
