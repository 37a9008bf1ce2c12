"""The portal's pages in a real browser: what assistive technology and small screens get."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.async_api import Browser, Page, Response

from libs.contracts.language import Language
from tests.pipeline.platform import Platform
from tools.browser.chromium import running_browser
from tools.browser.packages import AXE, fetch
from tools.browser.walk import Walk

PAGE_LIMIT_BYTES = 30 * 1024
FONT_LIMIT_BYTES = 40 * 1024
SMALLEST_PX = 320
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
        parts = [size for url, size in sizes.items() if url == page.url or url.endswith(".css")]
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


async def test_nothing_is_cut_off_when_text_is_twice_as_large(
    platform: Platform, browser: Browser, form: dict[str, Any]
) -> None:
    """At 200 % on a screen of 640 px nothing scrolls sideways."""
    page = await opened(browser, script=True, width=2 * SMALLEST_PX)
    async for name in walk_of(platform, page, "bn", form).stops():
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 640, name
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
