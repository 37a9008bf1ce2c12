from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web

from libs.clock import Clock
from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.applications.receipts import Receipts
from services.documents.receipts.signer import ReceiptSigner, signing_key
from tests.libs.web.running import served
from tests.services.applications.scenes import PAPER, RAHIMA

SIGNER = ReceiptSigner([signing_key("a" * 32)], 24, Clock())
STRANGER = ReceiptSigner([signing_key("b" * 32)], 24, Clock())


@asynccontextmanager
async def reading(*, answers: bool = True) -> AsyncIterator[tuple[Receipts, list[int]]]:
    """Receipts, and how often their keys were asked for; documents is away if `answers` is false.

    After the first answer it is away, too.
    """
    asked: list[int] = []

    async def show(_: web.BaseRequest) -> web.Response:
        asked.append(1)
        status = 200 if answers and len(asked) == 1 else 503
        return web.Response(body=orjson.dumps(SIGNER.key_set()), status=status)

    async with served(show) as url:
        base = url.rstrip("/")
        receipts = Receipts(base, tracing=Tracing("test"), metrics=Metrics("test"))
        yield receipts, asked


async def test_receipts_are_read_without_asking_again() -> None:
    """The keys are fetched once, and serve through an outage of documents."""
    async with reading() as (receipts, asked):
        for _ in range(3):
            found = await receipts.read([SIGNER.sign(RAHIMA, PAPER)[0]])
            assert found[PAPER.document_id].owner_id == RAHIMA
        assert len(asked) == 1


async def test_what_documents_has_not_signed_is_left_out() -> None:
    """The field that names its paper gets the error."""
    async with reading() as (receipts, _):
        own = SIGNER.sign(RAHIMA, PAPER)[0]
        changed = own[:-4] + ("AAAA" if own[-4:] != "AAAA" else "BBBB")
        foreign = STRANGER.sign(RAHIMA, PAPER)[0]
        assert await receipts.read([changed, foreign, "nonsense", ""]) == {}


async def test_without_any_key_papers_wait_and_other_applications_do_not() -> None:
    """A service that has never seen the keys says so, and is ready."""
    async with reading(answers=False) as (receipts, _):
        assert await receipts.read([]) == {}
        assert receipts.health().ready
        with pytest.raises(Unavailable):
            await receipts.read([SIGNER.sign(RAHIMA, PAPER)[0]])
