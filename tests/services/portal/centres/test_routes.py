"""The page of centres and the page of help say what the programme has stored."""

from zlib import compress

import pytest
from aiohttp import web

from libs.contracts.centres import CentreList, CentreView
from libs.contracts.language import Language, Text
from tests.libs.pages.running import away
from tests.services.portal.running import portal


def centre(centre_id: str, name: str, **fields: object) -> CentreView:
    """A centre in Dhaka."""
    return CentreView.model_validate(
        {
            "service_centre_id": centre_id,
            "name": Text(bn=name, en=name),
            "address": Text(bn="ঢাকা", en="Dhaka"),
            "area": "30262500",
            "opens_at": "09:00",
            "closes_at": "17:00",
            "open_days": [7, 1],
            "state": "running",
            **fields,
        }
    )


CENTRES = CentreList(
    items=[
        centre("nilkhet", "Nilkhet", state="planned"),
        centre("gulshan", "Gulshan"),
        centre(
            "uttara", "Uttara", confirmed=True, directions=Text(bn="মোড়ে", en="At the crossing")
        ),
    ]
)


async def centres(request: web.BaseRequest) -> web.Response:
    """A gateway that has nothing but the centres."""
    assert request.path == "/v1/centres"
    return web.Response(text=CENTRES.model_dump_json(), content_type="application/json")


@pytest.mark.parametrize("language", ["bn", "en"])
async def test_each_centre_has_its_state_hours_and_way(
    language: Language, unused_tcp_port: int
) -> None:
    """Those that run come first; what nobody has confirmed or written is said to be so."""
    async with portal(centres, unused_tcp_port) as scene:
        page = await scene.browser.open("/centres" if language == "bn" else "/en/centres")
    assert page.status == 200
    assert page.text.index("Gulshan") < page.text.index("Uttara") < page.text.index("Nilkhet")
    unconfirmed, way = {
        "bn": ("ঠিকানা ও সময় নিশ্চিত করা হয়নি", "যেভাবে যাবেন: মোড়ে"),
        "en": ("Nobody has confirmed address and hours", "How to get there: At the crossing"),
    }[language]
    assert page.text.count(unconfirmed) == 2
    assert way in page.text
    assert ("এখনো চালু হয়নি" if language == "bn" else "Not running yet") in page.text
    rates = [link for link in page.links if link.endswith("/rates")]
    assert len(rates) == 2


async def test_help_names_the_centres_that_run(unused_tcp_port: int) -> None:
    """And no other; 333 is there also where they cannot be read."""
    async with portal(centres, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/help")
        assert ("Gulshan" in page.text, "Nilkhet" in page.text) == (True, False)
        scene.play = away
        page = await scene.browser.open("/en/help")
    assert (page.status, "tel:333" in page.links) == (200, True)
    assert "cannot be shown now" in page.text


async def test_many_centres_are_paged_and_searched(unused_tcp_port: int) -> None:
    """Three need no search; where more follow, words reach the API and stay on the way on."""

    async def many(request: web.BaseRequest) -> web.Response:
        page = CENTRES.model_copy(update={"next": "uttara"})
        found = CentreList(items=[]) if request.query.get("q") == "nothing" else page
        return web.Response(text=found.model_dump_json(), content_type="application/json")

    async with portal(centres, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/centres")
        assert not [form for form in page.forms if "q" in form.controls]
        scene.play = many
        page = await scene.browser.open("/en/centres?q=utt")
        assert scene.asked[-1].query == {"q": "utt"}
        assert "/en/centres?q=utt&after=uttara" in page.links
        page = await scene.browser.open("/en/centres?q=nothing")
        assert "No such centre was found" in page.text


@pytest.mark.parametrize("language", ["bn", "en"])
async def test_the_page_has_a_map_and_says_what_it_costs(
    language: Language, unused_tcp_port: int
) -> None:
    """In 30 kB as it is sent; one dot for the centres of an area."""
    async with portal(centres, unused_tcp_port) as scene:
        page = await scene.browser.open("/centres" if language == "bn" else "/en/centres")
    assert page.html.count("<circle") == 1
    assert "Gulshan (" in page.html
    assert "Nilkhet (" in page.html
    costs = "What it costs is known once it runs" if language == "en" else "চালু হলে জানা যাবে"
    assert page.text.count(costs) == 1
    assert len(compress(page.html.encode(), 6)) < 30_000


async def test_a_closed_centre_and_an_unknown_area_have_no_dot(unused_tcp_port: int) -> None:
    """The map leads nobody there; without a dot there is no map."""

    async def closed(_: web.BaseRequest) -> web.Response:
        gone = [centre("a", "A", state="closed"), centre("b", "B", area="99999999")]
        text = CentreList(items=gone).model_dump_json()
        return web.Response(text=text, content_type="application/json")

    async with portal(closed, unused_tcp_port) as scene:
        page = await scene.browser.open("/en/centres")
    assert ("<circle" in page.html, 'class="map"' in page.html) == (False, False)
