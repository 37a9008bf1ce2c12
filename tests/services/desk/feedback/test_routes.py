"""The programme's staff read what citizens wrote, and not who wrote it."""

from aiohttp import web

from libs.contracts.catalogue import ServicesQuery
from libs.contracts.feedback import GiveFeedback, SentencesOfFeedback
from tests.libs.pages.scenes import index
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in


async def test_the_sentences_of_a_service_and_month_are_read_on_a_page(
    unused_tcp_port: int,
) -> None:
    """A month is chosen from a list; what is no month, or no service, asks nothing."""
    asked: list[str] = []
    said = GiveFeedback(rating=2, comment="দুবার ঘুরতে হয়েছে <b>", visits=2, asked_for_more=True)

    async def playing(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/feedback/sentences"):
            asked.append(request.path_qs)
            return answer(SentencesOfFeedback(items=[said]).model_dump_json())
        if request.path == "/v1/services":
            found = index().list_services(ServicesQuery())
            return answer(found.model_dump_json())
        return await play(request)

    async with desk(playing, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/feedback")
        assert page.status == 200
        assert await scene.browser.open("/programme/feedback?service=S001&month=2026-13")
        assert await scene.browser.open("/programme/feedback?service=X&month=2026-11")
        assert asked == []
        page = await scene.browser.open("/en/programme/feedback?service=S001&month=2026-11")
    assert asked == ["/v1/services/S001/feedback/sentences?month=2026-11-01"]
    for text in ("2 of 5", "visits: 2", "asked for more money", "দুবার ঘুরতে হয়েছে <b>"):
        assert text in page.text
