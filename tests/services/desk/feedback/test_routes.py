"""The programme and focal points read what citizens wrote, and not who wrote it."""

import re

import pytest
from aiohttp import web

from libs.contracts.catalogue import ServicesQuery
from libs.contracts.feedback import Said, SentencesOfFeedback
from tests.libs.pages.scenes import index
from tests.services.desk.bodies.scenes import DETAILS
from tests.services.desk.counter.running import answer, play
from tests.services.desk.running import desk, log_in


async def test_the_sentences_of_a_service_and_month_are_read_on_a_page(
    unused_tcp_port: int,
) -> None:
    """A month is chosen from a list; what is no month, or no service, asks nothing."""
    asked: list[str] = []
    said = Said(rating=2, comment="দুবার ঘুরতে হয়েছে <b>", visits=2, asked_for_more=True)

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


@pytest.mark.parametrize("is_withheld", [True, False])
async def test_a_focal_point_reads_those_of_the_own_services(
    unused_tcp_port: int, *, is_withheld: bool
) -> None:
    """From the page of the own body; why nothing is shown is said."""
    said = Said(rating=2, comment="দুবার ঘুরতে হয়েছে")
    found = SentencesOfFeedback(items=[] if is_withheld else [said] * 5, is_withheld=is_withheld)

    async def playing(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/programme/own":
            return answer(DETAILS.model_dump_json())
        if request.path.endswith("/feedback/sentences"):
            return answer(found.model_dump_json())
        return await play(request)

    [first, *_] = DETAILS.public_services
    async with desk(playing, unused_tcp_port) as scene:
        await log_in(scene)
        assert "/en/own/feedback" in (await scene.browser.open("/en/own")).links
        page = await scene.browser.open("/en/own/feedback")
        services = [f'value="{one.public_service_id}"' for one in DETAILS.public_services]
        assert re.findall(r'value="S[0-9]{3}"', page.html) == services
        path = f"/en/own/feedback?service={first.public_service_id}&month=2026-11"
        page = await scene.browser.open(path)
    assert ("fewer than five wrote: nothing" in page.text) is is_withheld
    assert ("দুবার ঘুরতে হয়েছে" in page.text) is not is_withheld
