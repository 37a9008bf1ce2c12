"""A paper for a test application, and a server from which a ministry's system fetches it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any, Final

import orjson
from aiohttp import web
from yarl import URL

from libs.contracts.documents import DocumentReference
from libs.ids import new_id

_PAPER: Final = b"%PDF-1.4\n% a test of the connection\n%%EOF\n"


class TestPaper:
    """A paper at a URL; `taken` is set when it is fetched, or passed on by an adapter."""

    __test__ = False  # no test of pytest

    def __init__(self) -> None:
        self.taken = asyncio.Event()
        self.url = ""

    def documents(self) -> str:
        """Return the papers of a delivery that has this one."""
        reference = DocumentReference(
            document_id=new_id(),
            kind="test_paper",
            media_type="application/pdf",
            size_bytes=len(_PAPER),
            sha256=sha256(_PAPER).hexdigest(),
            state="clean",
        )
        return orjson.dumps([reference.model_dump(mode="json")]).decode()

    async def fetch(self, _: Mapping[str, Any]) -> bytes:
        """Give the paper to an adapter that passes it on."""
        self.taken.set()
        return _PAPER

    async def serve(self, _: web.Request) -> web.Response:
        """Give the paper to a system that follows its link."""
        self.taken.set()
        return web.Response(body=_PAPER, content_type="application/pdf")


@asynccontextmanager
async def offered(at: str) -> AsyncIterator[TestPaper]:
    """Offer a paper while the block runs.

    Args:
        at: base URL at which the system reaches this machine; port 0 is a free one.

    Raises:
        OSError: its port is not free.
    """
    paper, url = TestPaper(), URL(at)
    app = web.Application()
    app.router.add_get("/{path:.*}", paper.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        on_this_machine = url.host in {"127.0.0.1", "localhost"}
        await web.TCPSite(runner, "127.0.0.1" if on_this_machine else "0.0.0.0", url.port).start()  # noqa: S104
        paper.url = str(url.with_port(runner.addresses[0][1])).rstrip("/")
        yield paper
    finally:
        await runner.cleanup()
