"""The page that checks papers opens without the internet once it was opened, and says as of when.

The network is cut in earnest: the portal is gone.
"""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from aiohttp import web
from joserfc import jws
from joserfc.jwk import ECKey
from playwright.async_api import Page, expect

from libs.ids import paper_number
from tests.services.portal.checks.scenes import NUMBER, status
from tests.services.portal.running import portal, well
from tools.browser.chromium import running_browser

UNKNOWN: Final = paper_number(b"8" * 32)
CLAIMS: Final = {
    "n": NUMBER,
    "t": "citizenship_certificate",
    "s": "S005",
    "d": "2026-03-01",
    "h": "রহিমা খাতুন",
    "i": "7890",
}
BODY: Final = ECKey.generate_key("P-256", {"kid": "lgd-2026"})
LISTED: Final = datetime(2026, 6, 30, 18, tzinfo=UTC)
LIST: Final = "[data-list]"
STRANGER: Final = ECKey.generate_key("P-256", {"kid": "lgd-2026"})
KEPT, SIGNED, WORKER = "[data-kept]", "[data-signed]", "[data-worker]"


def signed(number: str = NUMBER, year: int = 2026) -> str:
    """The signed code of a paper, as the standard has it (JWS, RFC 7515)."""
    header = {"alg": "ES256", "kid": f"lgd-{year}"}
    claims = json.dumps({**CLAIMS, "n": number})
    return jws.serialize_compact(header, claims, BODY, algorithms=["ES256"])


def ended(
    *numbers: str,
    at: datetime = LISTED,
    body: str = "lgd",
    kind: str = "w",
    key: ECKey = BODY,
) -> str:
    """The signed list of a body's ended papers, as the standard has it (JWS, RFC 7515)."""
    marks = [
        base64.urlsafe_b64encode(
            hashlib.pbkdf2_hmac("sha256", number.encode(), b"ended papers", 600, 12)
        ).decode()
        for number in numbers
    ]
    claims = {"b": body, "t": at.isoformat(), "w": [], "r": []} | {kind: marks}
    header = {"alg": "ES256", "kid": "lgd-2026"}
    return jws.serialize_compact(header, json.dumps(claims), key, algorithms=["ES256"])


def answered(state: str, listed: str = "") -> Any:
    """An API that knows one paper, the keys of this year, and a list of ended papers."""

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/paper-keys":
            shown = {"alg": "ES256", "use": "sig", "body": "lgd", "year": 2026}
            key = {**BODY.as_dict(private=False), **shown}
            return web.json_response({"keys": [key]})
        if request.path == "/v1/ended-papers/lgd" and listed:
            text = json.dumps({"body": "lgd", "as_of": LISTED.isoformat(), "signed": listed})
            return web.Response(text=text, content_type="application/json")
        if request.path == f"/v1/papers/{NUMBER}":
            text = status(state=state).model_dump_json()
            return web.Response(text=text, content_type="application/json")
        return await well(request)

    return play


async def opened(page: Page, url: str, prefix: str) -> None:
    """Open the page of a paper with its code, and wait until the browser keeps it."""
    await page.goto(f"{url}{prefix}/check/{NUMBER}#{signed()}")
    await expect(page.locator(SIGNED)).to_have_attribute("data-result", "good")
    await expect(page.locator(WORKER)).to_be_visible()
    await expect(page.locator(KEPT)).to_be_hidden()


async def opened_again(page: Page, address: str) -> None:
    """Open a page anew, as from a photographed code."""
    await page.goto("about:blank")
    await page.goto(address)


@pytest.mark.parametrize(
    ("prefix", "state", "said", "none"),
    [
        ("", "valid", "শেষ যখন জানা গেছে, কাগজটি বহাল ছিল", "ইন্টারনেট ছাড়া জানা যায় না"),
        ("/en", "withdrawn", "When this was last known, it was withdrawn", "not known without"),
    ],
)
async def test_a_paper_is_checked_without_the_internet(
    prefix: str, state: str, said: str, none: str, unused_tcp_port: int
) -> None:
    """The signature holds; whether the paper does is as it was last known, or not known."""
    async with running_browser() as browser:
        page = await browser.new_page()
        async with portal(answered(state), unused_tcp_port) as scene:
            url = scene.url
            await opened(page, url, prefix)
        await opened_again(page, f"{url}{prefix}/check/{NUMBER}#{signed()}")
        await expect(page.locator(SIGNED)).to_have_attribute("data-result", "good")
        await expect(page.locator(KEPT)).to_contain_text(said)
        await expect(page.locator(KEPT)).to_contain_text("২০২৬" if not prefix else "2026")
        await opened_again(page, f"{url}{prefix}/check/{UNKNOWN}#{signed(UNKNOWN)}")
        await expect(page.locator(SIGNED)).to_have_attribute("data-result", "good")
        await expect(page.locator(KEPT)).to_contain_text(none)
        await expect(page.locator(KEPT)).not_to_contain_text(said)
        await page.locator("#number").fill(NUMBER.lower().replace("-", " "))
        await page.locator("#number").press("Enter")
        await expect(page.locator(KEPT)).to_contain_text(said)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        (signed().replace(".", ".x", 1), "bad"),
        (signed(UNKNOWN), "other"),
        (signed(year=2027), "unknown"),
    ],
)
async def test_a_wrong_code_is_none_without_the_internet(
    code: str, result: str, unused_tcp_port: int
) -> None:
    """One that was changed, another paper's; of a later key nothing is known here."""
    async with running_browser() as browser:
        page = await browser.new_page()
        async with portal(answered("valid"), unused_tcp_port) as scene:
            url = scene.url
            await opened(page, url, "")
        await opened_again(page, f"{url}/check/{NUMBER}#{code}")
        await expect(page.locator(SIGNED)).to_have_attribute("data-result", result)


async def test_another_code_of_a_paper_in_the_same_window_is_checked_itself(
    unused_tcp_port: int,
) -> None:
    """What stands behind # is no new page for a browser: it would go on showing the code before."""
    async with running_browser() as browser:
        page = await browser.new_page()
        async with portal(answered("valid"), unused_tcp_port) as scene:
            await opened(page, scene.url, "/en")
            await expect(page.locator(SIGNED)).to_contain_text("1 March 2026")
            forged = signed().replace(".", ".x", 1)
            await page.goto(f"{scene.url}/en/check/{NUMBER}#{forged}")
            await expect(page.locator(SIGNED)).to_have_attribute("data-result", "bad")
            await expect(page.locator(SIGNED)).not_to_contain_text(CLAIMS["h"])


@pytest.mark.parametrize(
    ("listed", "result", "said"),
    [
        (ended(NUMBER), "holds", "as far as was known, it still held then"),
        (ended(UNKNOWN), "withdrawn", "it was withdrawn"),
        (ended(UNKNOWN, kind="r"), "replaced", "a newer paper replaced it"),
        (ended(UNKNOWN, key=STRANGER), "broken", "the list was not used"),
        (ended(UNKNOWN, body="psd"), "broken", "the list was not used"),
        ("", "none", "is not on this device"),
    ],
)
async def test_the_signed_list_says_whether_a_paper_still_held(
    listed: str, result: str, said: str, unused_tcp_port: int
) -> None:
    """Of one that was never looked up, apart from whether it was issued; the list is verified."""
    async with running_browser() as browser:
        page = await browser.new_page()
        async with portal(answered("valid", listed), unused_tcp_port) as scene:
            url = scene.url
            await opened(page, url, "/en")
            await expect(page.locator(LIST)).to_be_hidden()  # the server said it
        await opened_again(page, f"{url}/en/check/{UNKNOWN}#{signed(UNKNOWN)}")
        await expect(page.locator(SIGNED)).to_have_attribute("data-result", "good")
        await expect(page.locator(LIST)).to_have_attribute("data-result", result)
        await expect(page.locator(LIST)).to_contain_text(said)
        is_read = result in {"holds", "withdrawn", "replaced"}
        await expect(page.locator(KEPT)).to_be_visible(visible=not is_read)
        if is_read:
            await expect(page.locator(LIST)).to_contain_text("1 July 2026")  # in Dhaka
            await expect(page.locator("[data-old]")).to_be_visible()


async def test_a_list_of_today_is_not_called_old(unused_tcp_port: int) -> None:
    """And a paper whose last day has passed does not hold, whatever the list says."""
    now = datetime.now(UTC) - timedelta(hours=1)
    over = jws.serialize_compact(
        {"alg": "ES256", "kid": "lgd-2026"},
        json.dumps({**CLAIMS, "n": UNKNOWN, "u": "2026-03-02"}),
        BODY,
        algorithms=["ES256"],
    )
    async with running_browser() as browser:
        page = await browser.new_page()
        async with portal(answered("valid", ended(at=now)), unused_tcp_port) as scene:
            url = scene.url
            await opened(page, url, "")
        for code, result in ((signed(UNKNOWN), "holds"), (over, "expired")):
            await opened_again(page, f"{url}/check/{UNKNOWN}#{code}")
            await expect(page.locator(LIST)).to_have_attribute("data-result", result)
            await expect(page.locator("[data-old]")).to_be_hidden()


@pytest.mark.parametrize("place", ["/check", f"/check/{NUMBER}"])
async def test_a_list_is_no_code_of_a_paper(place: str, unused_tcp_port: int) -> None:
    """The same key signs both: a list in the place of a code would have said that it was issued."""
    async with running_browser() as browser:
        page = await browser.new_page()
        async with portal(answered("valid"), unused_tcp_port) as scene:
            await page.goto(f"{scene.url}{place}#{ended(NUMBER)}")
            await expect(page.locator(SIGNED)).to_have_attribute("data-result", "bad")


async def test_only_this_page_is_kept(unused_tcp_port: int) -> None:
    """Without the internet every other page is not there, and nothing of it is in the browser."""
    async with running_browser() as browser:
        page = await browser.new_page()
        async with portal(answered("valid", ended()), unused_tcp_port) as scene:
            url = scene.url
            await opened(page, url, "")
            await page.goto(f"{url}/privacy")
            kept = await page.evaluate(
                """async () => (await Promise.all((await caches.keys()).map(async (name) =>
                   (await (await caches.open(name)).keys()).map((of) => new URL(of.url).pathname)
                   ))).flat()"""
            )
            scopes = await page.evaluate(
                """async () => (await navigator.serviceWorker.getRegistrations()).map(
                   (of) => new URL(of.scope).pathname)"""
            )
        with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
            await page.goto(f"{url}/privacy")
    assert scopes == ["/check"]
    pages = sorted(path for path in kept if not path.startswith(("/assets/", "/check/states/")))
    assert pages == ["/check", "/check/ended/lgd", "/check/keys", "/en/check"]


async def test_without_a_service_worker_the_page_checks_as_before(unused_tcp_port: int) -> None:
    """And promises nothing for a time without the internet."""
    async with running_browser() as browser:
        context = await browser.new_context(service_workers="block")
        page = await context.new_page()
        async with portal(answered("valid"), unused_tcp_port) as scene:
            await page.goto(f"{scene.url}/check/{NUMBER}#{signed()}")
            await expect(page.locator(SIGNED)).to_have_attribute("data-result", "good")
            await expect(page.get_by_text("বহাল আছে")).to_be_visible()
            await expect(page.locator(WORKER)).to_be_hidden()


@pytest.mark.parametrize(
    ("listed", "result", "said"),
    [
        (ended(UNKNOWN), "withdrawn", "it was withdrawn"),
        (ended(UNKNOWN, kind="r"), "replaced", "a newer paper replaced it"),
        (ended(NUMBER), "unlisted", "Whether such a paper was issued at all is not known"),
        (ended(UNKNOWN, key=STRANGER), None, ""),
        ("", None, ""),
    ],
)
async def test_a_number_typed_without_its_code_is_looked_up_in_the_lists(
    listed: str, result: str | None, said: str, unused_tcp_port: int
) -> None:
    """In any spelling; what a list does not have is not said to be issued, nor to hold."""
    async with running_browser() as browser:
        page = await browser.new_page()
        async with portal(answered("valid", listed), unused_tcp_port) as scene:
            url = scene.url
            await opened(page, url, "/en")
        await opened_again(page, f"{url}/en/check")
        swapped = f"{UNKNOWN[1]}{UNKNOWN[0]}{UNKNOWN[2:]}"
        for typed, says in ((swapped, "two are swapped"), (UNKNOWN[:-1], "is wrong or missing")):
            await page.locator("#number").fill(typed)
            await page.locator("#number").press("Enter")
            await expect(page.locator(KEPT)).to_contain_text(says)
            await expect(page.locator(LIST)).to_be_hidden()
        spelt = UNKNOWN.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        await page.locator("#number").fill(spelt)
        await page.locator("#number").press("Enter")
        if result is None:
            await expect(page.locator(KEPT)).to_contain_text("not known without")
            await expect(page.locator(LIST)).to_be_hidden()
            return
        await expect(page.locator(LIST)).to_have_attribute("data-result", result)
        await expect(page.locator(LIST)).to_contain_text(said)
        await expect(page.locator(LIST)).to_contain_text("1 July 2026")
        await expect(page.locator(KEPT)).to_be_visible(visible=result == "unlisted")
        await expect(page.locator(SIGNED)).to_be_hidden()
