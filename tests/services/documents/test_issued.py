"""A paper that was issued here is given without a file, and only while it holds."""

import base64
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from aiohttp import web
from joserfc.jwk import KeySet

from libs.contracts.documents import LARGEST_OWN_BYTES
from libs.contracts.issuance import IssuedPaper, PaperState
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.ids import paper_number
from libs.web.signed.receipts import read_receipt
from tests.libs.web.running import CITIZEN, served
from tests.services.documents import scenes
from tests.services.documents.running import Documents, running, stranger

NUMBER = paper_number(b"1" * 32)
PATH = "/v1/documents-from-papers"
DsnFor = Callable[[str], Awaitable[str]]


@dataclass
class Issuance:
    """Issuance as documents finds it.

    Args:
        state: of the one paper.
        after_listing: its state when it is drawn, or `file_gone`.
        kind: as which document forms take it.
        away: answers nothing.
        drawn: how often it was drawn.
        own: the PDF that its ministry brought, instead of a drawn one.
    """

    state: PaperState = "valid"
    after_listing: str | None = None
    kind: str | None = "trade_licence"
    away: bool = False
    drawn: int = 0
    own: bytes = b""

    async def play(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer documents."""
        if self.away:
            return web.Response(status=503)
        if request.path == f"/v1/papers/{NUMBER}":
            return web.json_response(self._status())
        if _subject(request.headers.get("authorization", "")) != str(CITIZEN):
            return web.json_response({"items": []})
        if request.path == "/v1/issued-papers":
            return web.json_response({"items": [self._listed().model_dump(mode="json")]})
        if self.after_listing:
            kind = f"/problems/paper_{self.after_listing}"
            problem = {"type": kind, "title": "x", "status": 410, "detail": "x"}
            return web.json_response(problem, status=410)
        self.drawn += 1
        content = self.own or with_data(f"drawing {self.drawn}")
        return web.Response(body=content, content_type="application/pdf")

    def _listed(self) -> IssuedPaper:
        return IssuedPaper(
            number=NUMBER,
            title=Text(bn="ট্রেড লাইসেন্স", en="Trade licence"),
            state=self.state,
            issued_at="2026-11-01T06:00:00Z",
            is_illustrative=True,
            tracking_number="NS-7K4M9-PXRT3-HC2D3",
            document_kind=self.kind,
        )

    def _status(self) -> dict[str, Any]:
        name = {"bn": "ট্রেড লাইসেন্স", "en": "Trade licence"}
        return {
            "number": NUMBER, "state": self.state, "holds": self.state == "valid", "title": name,
            "body": "lgd", "body_name": name, "year": 2026, "initials": "R.K.",
            "is_illustrative": True, "as_of": "2026-11-28T06:00:00Z",
        }  # fmt: skip


@cache
def with_data(text: str) -> bytes:
    """A PDF with data inside, as issuance draws it."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(scenes.pdf())) as made:
        made.attachments["decision.json"] = text.encode()
        made.save(file)
    return file.getvalue()


@asynccontextmanager
async def both(
    database: Database, dsn_for: DsnFor, folder: Path, issuance: Issuance
) -> AsyncIterator[Documents]:
    """Documents, with an issuance that plays."""
    async with (
        served(issuance.play) as url,
        running(database, await dsn_for("documents"), folder, issuance_url=url) as documents,
    ):
        yield documents


def _subject(authorization: str) -> str:
    """Whose token was passed on."""
    claims = authorization.removeprefix("Bearer ").split(".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return str(decoded["sub"])


async def _receipt(documents: Documents, body: Any) -> Any:
    keys = KeySet.import_key_set((await documents.call("GET", "/.well-known/jwks.json")).body)
    return read_receipt(body["receipt"], keys)


async def test_an_issued_paper_is_given_without_a_file(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """As it was drawn, with the data inside; its receipt says which it is and when it held."""
    issuance = Issuance()
    async with both(database, dsn_for, tmp_path, issuance) as documents:
        typed = NUMBER.lower().replace("-", " ")
        reply = await documents.post_json(PATH, {"number": typed})
        assert (reply.status, reply.body["kind"]) == (201, "trade_licence"), reply.raw
        assert reply.body["issued_number"] == NUMBER
        receipt = await _receipt(documents, reply.body)
        assert (receipt.owner_id, receipt.reference.issued_number) == (CITIZEN, NUMBER)
        assert receipt.reference.held_at is not None
        got = await documents.call("GET", f"/v1/documents/{reply.body['document_id']}/content")
        assert got.raw == with_data("drawing 1")
        assert sha256(got.raw).hexdigest() == reply.body["sha256"] == receipt.reference.sha256
        again = await documents.post_json(PATH, {"number": NUMBER})
        assert again.body["document_id"] == reply.body["document_id"]
        assert issuance.drawn == 1


async def test_the_largest_pdf_that_a_ministry_brings_is_given_too(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """Answers of other services are shorter."""
    own = with_data("x") + b"\n%" + b"x" * (LARGEST_OWN_BYTES - len(with_data("x")) - 2)
    async with both(database, dsn_for, tmp_path, Issuance(own=own)) as documents:
        reply = await documents.post_json(PATH, {"number": NUMBER})
        assert (reply.status, reply.body["size_bytes"]) == (201, LARGEST_OWN_BYTES), reply.raw


async def test_an_order_is_of_no_certain_kind(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    async with both(database, dsn_for, tmp_path, Issuance(kind=None)) as documents:
        reply = await documents.post_json(PATH, {"number": NUMBER})
        assert (reply.status, reply.body["kind"]) == (201, "issued_paper")


@pytest.mark.parametrize("state", ["withdrawn", "replaced", "expired"])
async def test_a_paper_that_does_not_hold_is_not_given(
    database: Database, dsn_for: DsnFor, tmp_path: Path, state: PaperState
) -> None:
    """Neither the first time, nor with a new receipt later; nothing is kept of it."""
    issuance = Issuance()
    async with both(database, dsn_for, tmp_path, issuance) as documents:
        given = await documents.post_json(PATH, {"number": NUMBER})
        issuance.state = state
        again = await documents.post_json(PATH, {"number": NUMBER})
        assert (again.status, again.body["type"]) == (410, f"/problems/paper_{state}")
        path = f"/v1/documents/{given.body['document_id']}"
        read = await documents.call("GET", path)
        assert (read.status, read.body["type"]) == (410, f"/problems/paper_{state}")
        assert (await documents.call("GET", f"{path}/content")).status == 200


@pytest.mark.parametrize("problem", ["withdrawn", "file_gone"])
async def test_a_paper_withdrawn_while_it_is_drawn_is_not_kept(
    database: Database, dsn_for: DsnFor, tmp_path: Path, problem: str
) -> None:
    """Nor one whose ministry's file is gone: to try again would help nobody."""
    issuance = Issuance(after_listing=problem)
    async with both(database, dsn_for, tmp_path, issuance) as documents:
        reply = await documents.post_json(PATH, {"number": NUMBER})
        assert (reply.status, reply.body["type"]) == (410, f"/problems/paper_{problem}")
        assert (await documents.call("GET", "/v1/documents")).body == {"items": []}
        assert documents.objects() == []


async def test_somebody_elses_paper_is_unknown(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """And a number with a wrong symbol is noticed before anybody is asked."""
    issuance = Issuance()
    async with both(database, dsn_for, tmp_path, issuance) as documents:
        reply = await documents.post_json(PATH, {"number": NUMBER}, citizen_id=stranger())
        assert (reply.status, reply.body["type"]) == (404, "/problems/paper_unknown")
        reply = await documents.post_json(PATH, {"number": NUMBER[:-1] + "?"})
        assert (reply.status, reply.body["type"]) == (422, "/problems/paper_number_wrong")
        assert issuance.drawn == 0


async def test_while_issuance_is_away_other_papers_have_receipts(
    database: Database, dsn_for: DsnFor, tmp_path: Path
) -> None:
    """Whether an issued one holds is not known, so it has none; a repeat later succeeds."""
    issuance = Issuance()
    async with both(database, dsn_for, tmp_path, issuance) as documents:
        given = await documents.post_json(PATH, {"number": NUMBER})
        other = await documents.paper()
        issuance.away = True
        path = f"/v1/documents/{given.body['document_id']}"
        assert (await documents.call("GET", path)).status == 503
        assert (await documents.call("GET", f"/v1/documents/{other['document_id']}")).status == 200
        issuance.away = False
        read = await documents.call("GET", path)
        assert (read.status, (await _receipt(documents, read.body)).reference.issued_number) == (
            200,
            NUMBER,
        )
