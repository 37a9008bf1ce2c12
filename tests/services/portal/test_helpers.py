"""Who helped a citizen, read from the API a page at a time."""

import json

from aiohttp import web

from libs.ids import new_id
from tests.services.portal.running import NEW, OLD, logged_in, mandate, portal, well


async def two_pages(request: web.BaseRequest) -> web.Response:
    """A gateway with one helper on each of two pages."""
    if request.path != "/v1/me/mandates":
        return await well(request)
    is_first = request.query.get("after") != NEW
    page = {"items": [mandate(NEW if is_first else OLD)], "next": NEW if is_first else None}
    return web.Response(text=json.dumps(page), content_type="application/json")


async def test_older_helpers_are_on_the_next_page_and_can_be_complained_about(
    unused_tcp_port: int,
) -> None:
    """However many there are since."""
    async with portal(two_pages, unused_tcp_port) as scene:
        page = await logged_in(scene, "/helpers")
        [older] = [link for link in page.links if "after=" in link]
        page = await scene.browser.open(older)
        assert f"/helpers/{OLD}/complaint" in page.links
        assert not [link for link in page.links if "after=" in link and "/en" not in link]
        complaint = await scene.browser.open(f"/helpers/{OLD}/complaint")
        assert complaint.status == 200
        assert (await scene.browser.open(f"/helpers/{new_id()}/complaint")).status == 404
