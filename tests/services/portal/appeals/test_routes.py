"""A citizen objects to a refusal on a page, without a script."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from libs.contracts.documents import DocumentView
from libs.contracts.language import Text
from tests.libs.pages.running import Play
from tests.services.gateway.scenes import NUMBER
from tests.services.gateway.scenes import view as application
from tests.services.portal.running import logged_in, portal, well

PAGE = f"/applications/{NUMBER}/appeal"
PAPER = DocumentView.model_validate(
    {
        "document_id": UUID(int=5),
        "kind": "appeal_paper",
        "name": "রসিদ.jpg",
        "media_type": "image/jpeg",
        "size_bytes": 10,
        "pages": 1,
        "sha256": "ab" * 32,
        "state": "clean",
        "uploaded_at": "2026-11-20T00:00:00Z",
        "kept_until": None,
        "needed_by": [],
    }
)
OPEN = {
    "status": "refused",
    "appeal_until": date(2099, 1, 1),
    "appeal_decided_by": Text(bn="ইউএনও", en="The UNO"),
}


def gateway(sent: list[dict[str, Any]], **fields: Any) -> Play:
    """An API with one application and one paper in the locker."""

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == f"/v1{PAGE}":
            sent.append(json.loads(await request.read()))
            shown = application(UUID(int=9)).model_copy(update={"status": "with_ministry"})
            return web.json_response(text=shown.model_dump_json())
        if request.path == f"/v1/applications/{NUMBER}":
            shown = application(UUID(int=9)).model_copy(update={**OPEN, **fields})
            return web.json_response(text=shown.model_dump_json())
        if request.path == "/v1/documents":
            return web.json_response({"items": [PAPER.model_dump(mode="json")]})
        if request.path == f"/v1/documents/{PAPER.document_id}":
            receipt = {
                "receipt": "signed",
                "receipt_expires_at": "2099-01-01T00:00:00Z",
                "fetched_by": [],
            }
            return web.json_response({**PAPER.model_dump(mode="json"), **receipt})
        return await well(request)

    return play


async def test_the_grounds_and_the_chosen_papers_are_sent(unused_tcp_port: int) -> None:
    """The page of the application leads there, and says until when and who decides."""
    sent: list[dict[str, Any]] = []
    async with portal(gateway(sent), unused_tcp_port) as scene:
        page = await logged_in(scene, f"/applications/{NUMBER}")
        assert PAGE in page.links
        assert "ইউএনও" in page.text
        assert "নিশ্চিত নয়" in page.text
        page = await scene.browser.open(PAGE)
        assert "ফাইল দিলে নিচে যা লিখেছেন তা থাকে না" in page.text
        answers = {"grounds": "কাগজ ছিল", f"paper-{PAPER.document_id}": "yes"}
        await scene.browser.send(page, page.form("grounds"), answers)
    assert sent == [{"grounds": "কাগজ ছিল", "documents": ["signed"]}]


@pytest.mark.parametrize(("grounds", "says"), [(" ", "লিখুন"), ("ক" * 2_001, "২০০০ অক্ষর")])
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    unused_tcp_port: int, grounds: str, says: str
) -> None:
    """Nothing is sent."""
    sent: list[dict[str, Any]] = []
    async with portal(gateway(sent), unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        page = await scene.browser.send(page, page.form("grounds"), {"grounds": grounds})
        assert (page.status, says in page.text) == (422, True)
        assert page.form("grounds").fields["grounds"].strip() == grounds.strip()
    assert sent == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"appeal_until": date(2026, 1, 31)}, "শেষ দিন ছিল"),
        ({"appeal_until": None}, "এখানে জানা নেই"),
        ({"appeal_until": None, "appealed_at": PAPER.uploaded_at}, "আর আপত্তি করা যায় না"),
        ({"status": "with_ministry", "appealed_at": PAPER.uploaded_at}, "আপত্তি শোনা হচ্ছে"),
    ],
)
async def test_where_none_is_possible_the_application_says_so(
    unused_tcp_port: int, fields: dict[str, Any], says: str
) -> None:
    """And the page of the objection leads there."""
    async with portal(gateway([], **fields), unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        assert page.path == f"/applications/{NUMBER}"
        assert says in page.text
        assert PAGE not in page.links


async def test_new_papers_are_given_one_after_the_other(unused_tcp_port: int) -> None:
    """The page has all of them chosen, and those of before, also after a file that is not taken."""
    second, uploads = UUID(int=6), 0

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal uploads
        if (request.method, request.path) != ("POST", "/v1/documents"):
            return await gateway([])(request)
        await request.read()
        uploads += 1
        if uploads == 1:
            refused = {"type": "/problems/document_unreadable", "title": "x", "status": 422}
            return web.json_response({**refused, "detail": "অন্য ফাইল দিন"}, status=422)
        made = PAPER.model_dump(mode="json") | {
            "document_id": str(second),
            "receipt": "signed",
            "receipt_expires_at": "2099-01-01T00:00:00Z",
            "fetched_by": [],
        }
        return web.json_response(made)

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, f"{PAGE}?given={PAPER.document_id}")
        assert f"paper-{PAPER.document_id}" in page.form("grounds").fields
        page = await scene.browser.upload(page, page.form("file"), b"x")
        assert (page.status, "অন্য ফাইল দিন" in page.text) == (422, True)
        assert f"paper-{PAPER.document_id}" in page.form("grounds").fields
        page = await scene.browser.upload(page, page.form("file"), b"x")
    assert page.path == PAGE
    assert f"paper-{PAPER.document_id}" in page.form("grounds").fields
    assert str(second) in page.form("file").action


async def test_an_issued_paper_that_has_ended_is_said_at_the_papers(unused_tcp_port: int) -> None:
    """It has no receipt any more; the grounds are right, and stay."""
    issued = PAPER.model_dump(mode="json") | {"issued_number": "7K4M-9PXR-T3H5"}

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/documents":
            return web.json_response({"items": [issued]})
        if request.path == f"/v1/documents/{PAPER.document_id}":
            ended = {"type": "/problems/paper_withdrawn", "title": "x", "status": 410}
            return web.json_response({**ended, "detail": "আর বহাল নেই"}, status=410)
        return await gateway([])(request)

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        answers = {"grounds": "কাগজ ছিল", f"paper-{PAPER.document_id}": "yes"}
        page = await scene.browser.send(page, page.form("grounds"), answers)
    assert (page.status, "আর বহাল নেই" in page.text) == (410, True)
    assert "#documents" in page.links
    assert "কাগজ ছিল" in page.html


@pytest.mark.parametrize(
    ("pointer", "place"), [("/grounds", "grounds"), ("/documents", "documents"), (None, "grounds")]
)
async def test_what_the_api_refuses_is_said_at_its_field(
    unused_tcp_port: int, pointer: str | None, place: str
) -> None:
    """What was typed stays; the page asks the API also for what no objection may contain."""

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path != f"/v1{PAGE}":
            return await gateway([])(request)
        refused: dict[str, Any] = {"type": "/problems/x", "title": "x", "status": 422}
        errors = [{"pointer": pointer, "code": "x", "message": "এটি চলে না"}] if pointer else []
        return web.json_response({**refused, "detail": "এটি চলে না", "errors": errors}, status=422)

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        answers = {"grounds": "কাগজ\x07 ছিল", f"paper-{PAPER.document_id}": "yes"}
        page = await scene.browser.send(page, page.form("grounds"), answers)
    assert (page.status, "এটি চলে না" in page.text) == (422, True)
    assert f"#{place}" in page.links
    assert f"paper-{PAPER.document_id}" in page.form("grounds").fields


@pytest.mark.parametrize("form", ["grounds", "file"])
async def test_one_that_was_made_meanwhile_is_said_and_what_was_typed_stays(
    unused_tcp_port: int, form: str
) -> None:
    """In another window, at a centre or at the office: no last day is known any more."""
    is_made = False

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal is_made
        if request.method == "POST" and request.path in {f"/v1{PAGE}", "/v1/documents"}:
            await request.read()
            is_made = True
            refused = {"type": "/problems/x", "title": "x", "detail": "আপত্তি আগেই হয়েছে"}
            return web.json_response({**refused, "status": 409}, status=409)
        made = {"status": "with_ministry", "appeal_until": None} if is_made else {}
        return await gateway([], **made)(request)

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene, PAGE)
        if form == "file":
            page = await scene.browser.upload(page, page.form("file"), b"x")
        else:
            page = await scene.browser.send(page, page.form("grounds"), {"grounds": "কাগজ ছিল"})
            assert page.form("grounds").fields["grounds"].strip() == "কাগজ ছিল"
    assert page.status == (422 if form == "file" else 409)
    assert "আপত্তি আগেই হয়েছে" in page.text
