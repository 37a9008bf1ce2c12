"""The portal's pages in a real browser: what assistive technology and small screens get."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image
from playwright.async_api import Browser, FilePayload, Page, Route

from libs.contracts.language import Language
from tests.pipeline.conftest import TAX_NUMBER, form_of
from tests.pipeline.platform import Platform
from tests.pipeline.running import (
    PAGE_LIMIT_BYTES,
    SMALLEST_PX,
    faults_of,
    opened,
    opened_with_axe,
    sizes_of,
    weights_of,
)
from tools.browser.walk import Walk

FONT_LIMIT_BYTES = 40 * 1024
_HAS_FOCUS = "one => one === document.activeElement"
_WITHOUT_LETTERS = """
    CanvasRenderingContext2D.prototype.measureText = () => ({ width: 7 });
    setTimeout = () => {};  // however long the font takes
"""
_NOTE_RESULTS = """() => {
    const found = document.querySelector("#found");
    window.shown = [];
    new MutationObserver(() => window.shown.push(found.textContent)).observe(
        found, { childList: true, subtree: true },
    );
}"""
_WIDTH_OF_LARGE_TEXT = """() => {
    const { style } = document.documentElement;
    style.fontSize = "200%";
    const { scrollWidth } = document.documentElement;
    style.fontSize = "";
    return scrollWidth;
}"""


def walk_of(platform: Platform, page: Page, language: Language, form: dict[str, Any]) -> Walk:
    """A citizen's walk through all pages."""
    prefix = "/en" if language == "en" else ""
    return Walk(page, platform.plan.url("portal") + prefix, platform.ledger, form)


@dataclass(frozen=True, slots=True)
class Stop:
    """What a browser has of a page.

    Args:
        name: of the stop.
        faults: what axe finds, and what is wider than the screen.
        widest: its width with text that is twice as large.
        sizes: of the page, and of the scripts, styles and fonts that it brings.
        tells: its address, its title and the page that led to it.
        path: of its address.
        title: what its tab says.
    """

    name: str
    faults: list[Any]
    widest: int
    sizes: dict[str, int]
    tells: str
    path: str
    title: str


@dataclass(slots=True)
class Tour:
    """What was seen on a walk through all pages.

    Args:
        personal: what the citizen has typed.
        stops: every page.
        said: messages of the browser.
        asked: addresses of all requests.
    """

    personal: Sequence[str]
    stops: list[Stop] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)


@pytest.fixture(scope="module", params=["bn", "en"])
async def tour(request: pytest.FixtureRequest, platform: Platform, browser: Browser) -> Tour:
    """A walk in a language, with errors and done; it takes longer than to look at its pages."""
    page = await opened_with_axe(browser)
    form = await form_of(platform, TAX_NUMBER)
    walk = walk_of(platform, page, request.param, form)
    tour = Tour((walk.phone, form["name_bn"], form["name_en"], form["nid"]))
    page.on("console", lambda message: tour.said.append(message.text))
    page.on("request", lambda request: tour.asked.add(request.url))
    async for name in walk.stops():
        await page.locator("html:not(.waits)").wait_for()  # for its font
        title, path = await page.title(), urlsplit(page.url).path
        tells = f"{page.url} {title} {await page.evaluate('document.referrer')}"
        faults, widest = await faults_of(page), await page.evaluate(_WIDTH_OF_LARGE_TEXT)
        tour.stops.append(Stop(name, faults, widest, await sizes_of(page), tells, path, title))
    await page.context.close()
    assert len(tour.stops) > 30
    return tour


def test_every_page_is_accessible_and_fits_the_smallest_screen(tour: Tour) -> None:
    """No violation of axe, no sideways scrolling at 320 px."""
    assert [(stop.name, stop.faults) for stop in tour.stops if stop.faults] == []


def test_every_page_has_a_title_of_its_own(tour: Tour) -> None:
    """Among open tabs and in the history one page is told from another."""
    titles: dict[str, str] = {}
    for stop in tour.stops:
        shown = titles.setdefault(stop.title, stop.path)
        assert shown == stop.path, stop.title


def test_every_page_is_small(tour: Tour) -> None:
    """30 KB at most, as they are sent, with its styles and scripts; 40 KB for the font."""
    for stop in tour.stops:
        page, font = weights_of(stop.sizes)
        assert font <= FONT_LIMIT_BYTES, stop
        assert 0 < page <= PAGE_LIMIT_BYTES, stop


def test_nothing_is_cut_off_when_text_is_twice_as_large(tour: Tour) -> None:
    """At 200 % nothing scrolls sideways, on the smallest screen too."""
    assert [stop.name for stop in tour.stops if stop.widest > SMALLEST_PX] == []


def test_pages_have_no_code_inside_ask_nobody_else_and_tell_nothing_in_addresses(
    platform: Platform, tour: Tour
) -> None:
    """The content security policy holds; no address, title or referrer has personal data."""
    assert [text for text in tour.said if "Content Security Policy" in text] == []
    seen = unquote("\n".join(stop.tells for stop in tour.stops))
    assert [one for one in tour.personal if one in seen] == []
    portal = platform.plan.url("portal")
    assert {url for url in tour.asked if not url.startswith(portal)} == set()


@pytest.fixture
async def scripted(browser: Browser) -> AsyncIterator[Page]:
    """A page where scripts run, and whose policy nothing breaks."""
    page = await opened(browser, script=True)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    yield page
    assert [text for text in said if "Content Security Policy" in text] == []
    await page.context.close()


async def test_a_script_finds_services_while_one_types(platform: Platform, scripted: Page) -> None:
    """Without another page, the focus stays; also what is typed before the script has arrived."""
    typed = await _htmx_comes_at(scripted)
    await scripted.goto(platform.plan.url("portal"))
    await scripted.locator("#q").press_sequentially("জন্ম নিবন্ধন")
    typed.set()
    await scripted.locator("#results h2 a").first.wait_for()
    assert "/services/S001" in await scripted.locator("#results").inner_html()
    assert await scripted.locator("#q").evaluate(_HAS_FOCUS)
    await scripted.wait_for_url("**/services?q=*")


async def begin(platform: Platform, page: Page, section: str) -> str:
    """Begin a form, and open one of its sections; return the address."""
    await page.goto(f"{platform.plan.url('portal')}/apply/S002")
    if "/steps/" not in page.url:  # another draft waits
        await page.locator("a.button.second").click()
    await page.goto(f"{page.url.partition('/steps/')[0]}/steps/{section}")
    return page.url


async def test_a_script_brings_areas_after_a_district(platform: Platform, scripted: Page) -> None:
    """And unions after an upazila, on the same page; nothing that was typed is lost."""
    await walk_of(platform, scripted, "bn", {}).log_in()
    path = urlsplit(await begin(platform, scripted, "contact")).path
    await scripted.fill("#mobile", "০১৭১২")
    await scripted.select_option('[name="present_address.district"]', "1004")
    await scripted.select_option('[name="present_address.area"]', "100409")
    await scripted.select_option('[name="present_address.union"]', "U2393")
    assert urlsplit(scripted.url).path == path
    async with scripted.expect_navigation():
        await scripted.locator("main form[method=post] button").last.click()
    assert await scripted.locator("#mobile").input_value() == "০১৭১২"
    assert await scripted.locator('[name="present_address.union"]').input_value() == "U2393"
    assert await scripted.locator(".error").count() == 1  # of the number


async def test_a_district_chosen_before_the_script_has_arrived_brings_its_areas(
    platform: Platform, scripted: Page
) -> None:
    """Also where somebody has gone on to the next question meanwhile."""
    chosen = await _htmx_comes_at(scripted)
    await walk_of(platform, scripted, "bn", {}).log_in()
    await begin(platform, scripted, "contact")
    await scripted.select_option('[name="present_address.district"]', "1004")
    await scripted.fill("#mobile", "০১৭১২")
    chosen.set()
    await scripted.select_option('[name="present_address.area"]', "100409")
    assert await scripted.locator("#mobile").input_value() == "০১৭১২"


async def test_an_answer_that_fails_changes_nothing_on_the_page(
    platform: Platform, scripted: Page
) -> None:
    """What was found before stays until the next answer."""

    async def fail(route: Route) -> None:
        page = '<div id="results">away</div>'
        await route.fulfill(status=503, body=page, content_type="text/html")

    await scripted.goto(f"{platform.plan.url('portal')}/services?q=zzzz")
    await scripted.evaluate(_NOTE_RESULTS)
    await scripted.route("**/services?q=yyyy", fail)
    async with scripted.expect_response("**/services?q=yyyy"):
        await scripted.locator("#q").fill("yyyy")
    await scripted.locator("#q").fill("birth")
    await scripted.locator("#results h2 a").first.wait_for()
    assert "away" not in await scripted.evaluate("window.shown.join()")


@pytest.mark.parametrize("arrives", [True, False], ids=["the font arrives", "it does not"])
async def test_a_phone_without_bangla_letters_shows_no_boxes(
    platform: Platform, scripted: Page, *, arrives: bool
) -> None:
    """The language switch is there at once, the text with the font; without it, nothing is lost."""
    await scripted.add_init_script(_WITHOUT_LETTERS)
    font = await _comes_at(scripted, "bengali", arrives=arrives)
    await scripted.goto(platform.plan.url("portal"), wait_until="commit")
    await scripted.locator(".other").wait_for()
    await scripted.locator("h1").wait_for(state="hidden")
    font.set()
    await scripted.locator("h1").wait_for()
    assert await scripted.evaluate("[...document.fonts].map(one => one.status)") == [
        "loaded" if arrives else "error"
    ]


async def _htmx_comes_at(page: Page) -> asyncio.Event:
    """Hold htmx back until the event."""
    return await _comes_at(page, "htmx.min")


async def _comes_at(page: Page, name: str, *, arrives: bool = True) -> asyncio.Event:
    """Hold a file back until the event; then it comes, or the line breaks."""
    event = asyncio.Event()

    async def late(route: Route) -> None:
        await event.wait()
        await (route.continue_() if arrives else route.abort())

    await page.route(f"**/{name}.*", late)
    return event


async def test_a_script_makes_a_photo_small_before_it_is_sent(
    platform: Platform, scripted: Page
) -> None:
    """What is wrong is told on the same page: with a file, or with a proxy that answers instead."""
    await walk_of(platform, scripted, "bn", {}).log_in()
    await scripted.goto(f"{platform.plan.url('portal')}/apply/S001")
    await scripted.goto(f"{scripted.url.partition('/steps/')[0]}/papers/epi_card")
    await scripted.set_input_files("#file", [_file("card.pdf", "application/pdf", b"no PDF")])
    await scripted.locator("form[data-upload] button").click()
    await scripted.locator(".errors").wait_for()
    assert await scripted.locator(".errors").evaluate(_HAS_FOCUS)
    form = scripted.locator("form[data-upload]")
    await scripted.route("**/files?*", lambda each: each.fulfill(status=413, body="too large"))
    await form.locator("button").click()
    lost = await form.get_attribute("data-lost")
    await form.locator("[role=status]", has_text=lost).wait_for()
    assert await form.locator("button").is_enabled()
    await scripted.unroute("**/files?*")
    photo = large_photo()
    await scripted.set_input_files("#file", [_file("card.png", "image/png", photo)])
    async with scripted.expect_navigation(), scripted.expect_request("**/files?*") as sending:
        await scripted.locator("form[data-upload] button").click()
    headers = await (await sending.value).all_headers()
    assert "/steps/" in scripted.url
    assert "card" in await scripted.locator("main").inner_text()
    assert int(headers["content-length"]) < len(photo) / 2


def large_photo() -> bytes:
    """A photo that can be made much smaller without a visible loss."""
    made = BytesIO()
    Image.effect_noise((400, 300), 80).resize((1600, 1200)).save(made, "PNG")
    return made.getvalue()


def _file(name: str, media_type: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": media_type, "buffer": content}


async def test_a_citizen_applies_without_javascript_on_the_smallest_screen(
    platform: Platform, browser: Browser, form: dict[str, Any]
) -> None:
    """Log in, fill in, check, send: in the browser, without a script."""
    page = await opened(browser, script=False)
    walk = walk_of(platform, page, "bn", form)
    await walk.log_in()
    assert (await walk.apply()).endswith("/confirmation")
    await page.context.close()


async def test_back_in_a_form_is_no_conflict_and_errors_have_the_focus(
    platform: Platform, browser: Browser
) -> None:
    """Whoever goes back changes what is stored there; the summary of errors is read out at once."""
    page = await opened(browser, script=False)
    await walk_of(platform, page, "bn", {}).log_in()
    await begin(platform, page, "person")
    go_on = page.locator("main form[method=post] button").last
    await go_on.click()
    assert await page.locator(".errors").evaluate(_HAS_FOCUS)
    await page.fill("#name_bn", "রহিমা")
    await page.check('[name="identity_kind"][value="nid"]')
    while "/steps/person" in page.url:
        if await page.locator("#nid").count():
            await page.fill("#nid", "1234567890")
        async with page.expect_navigation():
            await go_on.click()
    contact = page.url
    await page.go_back()
    await page.fill("#name_bn", "রহিমা বেগম")
    async with page.expect_navigation():
        await go_on.click()
    assert page.url == contact
    await page.go_back()
    assert await page.locator("#name_bn").input_value() == "রহিমা বেগম"
    await page.context.close()
