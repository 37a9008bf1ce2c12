"""The portal's pages in a real browser: what assistive technology and small screens get."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image
from playwright.async_api import Browser, FilePayload, Page, Response, Route

from libs.contracts.language import Language
from libs.ids import new_id
from tests.pipeline.platform import Platform
from tools.browser.chromium import running_browser
from tools.browser.packages import AXE, fetch
from tools.browser.walk import Walk

PAGE_LIMIT_BYTES = 30 * 1024
FONT_LIMIT_BYTES = 40 * 1024
SMALLEST_PX = 320
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
_RUN_AXE = "async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html)])"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with running_browser() as running:
        yield running


async def opened(browser: Browser, *, script: bool, width: int = SMALLEST_PX) -> Page:
    """A page of a browser of one's own."""
    context = await browser.new_context(
        viewport={"width": width, "height": 640}, java_script_enabled=script
    )
    return await context.new_page()


def walk_of(platform: Platform, page: Page, language: Language, form: dict[str, Any]) -> Walk:
    """A citizen's walk through all pages."""
    prefix = "/en" if language == "en" else ""
    return Walk(page, platform.plan.url("portal") + prefix, platform.ledger, form)


@pytest.mark.parametrize("language", ["bn", "en"])
async def test_every_page_is_accessible_small_and_fits_the_smallest_screen(
    platform: Platform, browser: Browser, form: dict[str, Any], language: Language
) -> None:
    """No violation of axe, no sideways scrolling at 320 px, 30 KB at most; with errors and done."""
    axe = (fetch(AXE) / "axe.min.js").read_text(encoding="utf-8")
    page = await opened(browser, script=True)
    sizes: dict[str, int] = {}

    async def note(response: Response) -> None:
        sent = await response.request.sizes()
        sizes[response.url] = sent["responseBodySize"]

    page.on("response", note)
    wrong: list[Any] = []
    names = []
    async for name in walk_of(platform, page, language, form).stops():
        names.append(name)
        await page.wait_for_load_state("networkidle")
        wrong += [(name, *each) for each in await faults_of(page, axe)]
        parts = [
            size for url, size in sizes.items() if url == page.url or url.endswith((".css", ".js"))
        ]
        if sum(parts) > PAGE_LIMIT_BYTES:
            wrong.append((name, "too large", sum(parts)))
    assert wrong == []
    assert len(names) > 30
    [font] = [size for url, size in sizes.items() if url.endswith(".woff2")] or [0]
    assert font <= FONT_LIMIT_BYTES
    await page.context.close()


async def faults_of(page: Page, axe: str) -> list[Any]:
    """What is wrong on the page where the browser stands."""
    await page.evaluate(axe)
    faults: list[Any] = await page.evaluate(_RUN_AXE)
    width = await page.evaluate("document.documentElement.scrollWidth")
    return faults + ([("wider than the screen", width)] if width > SMALLEST_PX else [])


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


async def test_a_script_brings_areas_after_a_district(platform: Platform, scripted: Page) -> None:
    """And unions after an upazila, on the same page; nothing that was typed is lost."""
    await walk_of(platform, scripted, "bn", {}).log_in()
    path = f"/apply/S002/{new_id()}/steps/contact"
    await scripted.goto(platform.plan.url("portal") + path)
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
    await scripted.goto(f"{platform.plan.url('portal')}/apply/S002/{new_id()}/steps/contact")
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
    """What is wrong with a file is told on the same page, with the focus on it."""
    await walk_of(platform, scripted, "bn", {}).log_in()
    paper = f"{platform.plan.url('portal')}/apply/S001/{new_id()}/papers/epi_card"
    await scripted.goto(paper)
    await scripted.set_input_files("#file", [_file("card.pdf", "application/pdf", b"no PDF")])
    await scripted.locator("form[data-upload] button").click()
    await scripted.locator(".errors").wait_for()
    assert await scripted.locator(".errors").evaluate(_HAS_FOCUS)
    photo = large_photo()
    await scripted.set_input_files("#file", [_file("card.png", "image/png", photo)])
    async with scripted.expect_navigation(), scripted.expect_request("**/files?*") as sending:
        await scripted.locator("form[data-upload] button").click()
    headers = await (await sending.value).all_headers()
    assert "/steps/" in scripted.url
    assert "card" in await scripted.locator("main").inner_text()
    assert int(headers["content-length"]) < len(photo) / 2


def large_photo() -> bytes:
    """A photo that a smaller file shows as well."""
    made = BytesIO()
    Image.effect_noise((400, 300), 80).resize((1600, 1200)).save(made, "PNG")
    return made.getvalue()


def _file(name: str, media_type: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": media_type, "buffer": content}


async def test_nothing_is_cut_off_when_text_is_twice_as_large(
    platform: Platform, browser: Browser, form: dict[str, Any]
) -> None:
    """At 200 % nothing scrolls sideways, on the smallest screen too."""
    page = await opened(browser, script=True)
    async for name in walk_of(platform, page, "bn", form).stops():
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= SMALLEST_PX, name
    await page.context.close()


async def test_a_citizen_applies_without_javascript_on_the_smallest_screen(
    platform: Platform, browser: Browser, form: dict[str, Any]
) -> None:
    """Log in, fill in, check, send: in the browser, without a script."""
    page = await opened(browser, script=False)
    walk = walk_of(platform, page, "bn", form)
    await walk.log_in()
    assert (await walk.apply()).endswith("/receipt")
    await page.context.close()


async def test_pages_have_no_code_inside_ask_nobody_else_and_tell_nothing_in_addresses(
    platform: Platform, browser: Browser, form: dict[str, Any]
) -> None:
    """The content security policy holds; no address, title or referrer has personal data."""
    page = await opened(browser, script=True)
    said: list[str] = []
    asked: list[str] = []
    seen = ""
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    walk = walk_of(platform, page, "en", form)
    async for _ in walk.stops():
        seen += f"{page.url} {await page.title()} {await page.evaluate('document.referrer')}\n"
    assert [text for text in said if "Content Security Policy" in text] == []
    personal = (walk.phone, form["name_bn"], form["name_en"], form["nid"])
    assert [one for one in personal if one in unquote(seen)] == []
    assert {url for url in asked if not url.startswith(platform.plan.url("portal"))} == set()
    await page.context.close()
