"""All components on one page, in a real browser with axe; the page is never served."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Route

from libs.contracts.language import Language, Text
from libs.pages.assets import read_assets
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.forms.questions import Question
from libs.pages.forms.views import question_values
from libs.pages.papers import DRAWINGS
from libs.pages.rendering import Pages
from tests.libs.pages.scenes import KINDS, filling, page_of, request_of
from tools.browser.chromium import running_browser
from tools.browser.packages import AXE, fetch

_URL = "http://pages"
_WIDTHS = (320, 1280)


def questions() -> list[Question]:
    """A question of each kind that the forms have."""
    kinds: dict[str, Question] = {}
    for service in ("S001", "S005", "S010", "S016", "S020", "S024", "S031", "S055"):
        for question in filling(service).form.questions:
            if question.name not in {one.name for one in kinds.values()}:
                kinds.setdefault(question.kind, question)
    return list(kinds.values())


def gallery(language: Language, *, with_errors: bool, owner: Text | None = None) -> str:
    """The page; with errors, one at each question."""
    asked = questions()
    request = request_of(language=language, login=None)
    said = "এটি লিখুন" if language == "bn" else "Write it"
    errors = [PageError(one.place, said) for one in asked] if with_errors else []
    kind = next(iter(KINDS.values()))
    folder = Path(__file__).with_name("gallery")
    tokens, shared = FormTokens(bytes(32)), {"owner": owner}
    pages = Pages([folder], tokens, read_assets(), secure=False, shared=shared)
    shown = pages.show(
        request,
        "gallery.html",
        errors=errors,
        today=date(2026, 12, 16),
        kind=kind,
        drawing=DRAWINGS[kind.looks],
        **question_values(asked, {}),
    )
    return page_of(shown).html


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with running_browser() as running:
        yield running


async def opened(browser: Browser, width: int, html: str, script: str = "") -> Page:
    """A page of a browser that shows some HTML, with the files to which it refers."""
    context = await browser.new_context(viewport={"width": width, "height": 640})

    async def answer(route: Route) -> None:
        found = read_assets().find(urlsplit(route.request.url).path.rpartition("/")[2])
        if found is None:
            await route.fulfill(body=html, content_type="text/html; charset=utf-8")
        else:
            await route.fulfill(body=found.content, content_type=found.media_type)

    await context.route("**/*", answer)
    page = await context.new_page()
    if script:
        await page.add_init_script(script)
    await page.goto(f"{_URL}/")
    await page.locator("html:not(.waits)").wait_for()
    return page


@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize("with_errors", [False, True], ids=["", "errors"])
async def test_every_component_is_accessible(
    browser: Browser, language: Language, *, with_errors: bool
) -> None:
    """No violation of axe and nothing wider than the screen, on a phone and on a large screen."""
    html = gallery(language, with_errors=with_errors)
    for width in _WIDTHS:
        page = await opened(browser, width, html)
        await page.add_script_tag(path=fetch(AXE) / "axe.min.js")
        run = "async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html)])"
        assert await page.evaluate(run) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await page.context.close()


async def test_a_file_is_chosen_by_keyboard_and_its_name_is_seen(browser: Browser) -> None:
    """The words are ours until a file is chosen; no script is needed for it."""
    page = await opened(browser, 320, gallery("bn", with_errors=False))
    none_yet = page.locator(".file .note")
    assert await none_yet.is_visible()
    async with page.expect_file_chooser() as choosing:
        await page.focus("#file")  # its answer comes after the browser has begun to intercept
        await page.keyboard.press("Space")
    chooser = await choosing.value
    await chooser.set_files({"name": "card.png", "mimeType": "image/png", "buffer": b"1"})
    assert await none_yet.is_hidden()
    seen = await page.locator("#file").evaluate("one => getComputedStyle(one).opacity")
    assert (seen, await page.locator("#file").input_value()) == ("1", "C:\\fakepath\\card.png")


@pytest.mark.parametrize(
    ("owner", "said"),
    [(None, "এখনো ঘোষিত হয়নি"), (Text(bn="নমুনা দপ্তর", en="Sample Office"), "নমুনা দপ্তর। যোগাযোগ:")],
)
def test_the_foot_names_the_republic_and_the_owner_if_there_is_one(
    owner: Text | None, said: str
) -> None:
    """In words and in both languages; no owner is made up."""
    foot = gallery("bn", with_errors=False, owner=owner).partition("<footer>")[2]
    assert said in foot
    assert "গণপ্রজাতন্ত্রী বাংলাদেশ" in foot
    assert "People’s Republic of Bangladesh" in foot


async def test_a_short_page_has_its_foot_at_the_foot_of_the_screen(browser: Browser) -> None:
    """There is no white band below it."""
    page = await opened(browser, 1280, gallery("bn", with_errors=False))
    await page.locator("main").evaluate("main => main.replaceChildren()")
    ends = await page.locator("footer").evaluate("one => one.getBoundingClientRect().bottom")
    assert round(ends) == 640


async def test_three_stand_abreast_on_a_large_screen(browser: Browser) -> None:
    """However long each is, none stands alone in a second column."""
    page = await opened(browser, 1280, gallery("bn", with_errors=False))
    alone = "list => document.querySelector('main').replaceChildren(list)"  # nothing beside it
    await page.locator(".abreast").evaluate(alone)
    found = page.locator(".abreast > li")
    places = await found.evaluate_all("all => all.map(li => li.getBoundingClientRect().top)")
    assert (len(places), len(set(places))) == (3, 1)


_VOICES = """
    const voice = (lang, localService) => ({{ lang, localService }});
    window.said = [];
    window.SpeechSynthesisUtterance = class {{ constructor(text) {{ this.text = text; }} }};
    Object.defineProperty(window, "speechSynthesis", {{ value: {{
        speaking: false, pending: false, getVoices: () => [{voices}],
        speak(one) {{ window.said.push([one.text, one.voice.lang]); this.speaking = true; }},
        cancel() {{ this.speaking = false; }},
    }} }});
"""


@pytest.mark.parametrize(
    ("voices", "is_offered"),
    [
        ('voice("en-GB", true), voice("bn-BD", true)', True),
        ('voice("en-GB", true)', False),
        ('voice("bn-IN", false)', False),  # a server's: what is on a page may be personal
        ("", False),
    ],
)
async def test_a_page_is_read_aloud_where_the_device_has_a_voice(
    browser: Browser, voices: str, *, is_offered: bool
) -> None:
    """In the page's language and from the heading on; where there is no voice nothing is shown."""
    html = gallery("bn", with_errors=False)
    page = await opened(browser, 320, html, _VOICES.format(voices=voices))
    button = page.locator("[data-aloud]")
    assert await button.count() == int(is_offered)
    if is_offered:
        await button.click()
        assert (await page.evaluate("window.said"))[0] == ["সব উপাদান", "bn-BD"]
        await button.click()
        assert not await page.evaluate("window.speechSynthesis.speaking")
