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
