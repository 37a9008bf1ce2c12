"""The page of what ministries have asked, for everybody."""

from datetime import UTC, datetime
from uuid import UUID

from aiohttp import web

from libs.contracts.language import Text
from libs.contracts.questions import PublicQuestion, PublicQuestionList
from tests.services.portal.running import portal

FOUND = PublicQuestionList(
    items=[
        PublicQuestion(
            question_id=UUID(int=1),
            question=Text(bn="দিনে একবার?", en="Once a day?"),
            answer=Text(bn="যায়।", en="Yes, with the day."),
            published_at=datetime(2026, 6, 30, 4, tzinfo=UTC),
        )
    ],
    next="mark",
)


async def api(request: web.BaseRequest) -> web.Response:
    """A gateway with one answer, and more behind it."""
    assert request.path == "/v1/questions"
    return web.Response(text=FOUND.model_dump_json(), content_type="application/json")


async def test_everybody_reads_what_was_answered(unused_tcp_port: int) -> None:
    """In the language of the page, and the list goes on."""
    async with portal(api, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/answers")
        for words in ("Once a day?", "Yes, with the day.", "30 June 2026"):
            assert words in page.text
        assert "/en/answers?after=mark" in page.links
        assert "যায়।" in (await scene.browser.open("/answers")).text
