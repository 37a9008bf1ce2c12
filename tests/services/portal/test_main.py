"""What browsers must not get through, and what is shown while the gateway is away."""

from collections.abc import Mapping
from typing import Any

import pytest

from libs.pages.posts import TOKEN
from tests.libs.pages.running import away
from tests.services.portal.running import PHONE, logged_in, nonsense, portal, well


@pytest.mark.parametrize("play", [away, nonsense], ids=["overloaded", "no API"])
async def test_a_page_says_that_the_gateway_is_away(play: Any, unused_tcp_port: int) -> None:
    """503 in the language of the page, with a time to wait and the way back."""
    async with portal(play, unused_tcp_port) as scene:
        for path, says in (("/", "কিছুক্ষণ পর আবার"), ("/en", "Try again in a while")):
            page = await scene.browser.open(path)
            assert page.status == 503
            assert says in page.text
            assert int(page.headers["retry-after"]) > 0


async def test_the_gateway_sees_the_citizen_and_not_the_portal(unused_tcp_port: int) -> None:
    """Address, language and token are the citizen's; no number is in an address."""
    async with portal(well, unused_tcp_port) as scene:
        await logged_in(scene)
        await scene.browser.open("/en/services/S001")
    headers = [request.headers for request in scene.asked]
    assert {each["x-forwarded-for"] for each in headers} == {"127.0.0.1"}
    assert headers[-1]["accept-language"] == "en"
    assert any(each.get("authorization") == "Bearer access" for each in headers)
    assert not [request for request in scene.asked if PHONE in str(request.rel_url)]


FOREIGN: Mapping[str, Mapping[str, str]] = {
    "another origin": {"origin": "https://evil.example"},
    "no origin of ours": {"origin": "null"},
    "another site": {"sec-fetch-site": "cross-site"},
    "a neighbour": {"sec-fetch-site": "same-site"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=list(FOREIGN))
async def test_a_form_from_elsewhere_is_refused(
    headers: Mapping[str, str], unused_tcp_port: int
) -> None:
    """Even with cookie and token; nothing is asked of the gateway."""
    async with portal(well, unused_tcp_port) as scene:
        page = await scene.browser.open("/login")
        fields = {**page.form("phone").fields, "phone": PHONE}
        cookie = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
        answer = await scene.http.post(
            f"{scene.url}/login", data=fields, headers={**headers, "cookie": cookie}
        )
        assert answer.status == 403
        assert scene.asked == []
        own = {"origin": scene.url, "sec-fetch-site": "same-origin", "cookie": cookie}
        answer = await scene.http.post(f"{scene.url}/login", data=fields, headers=own)
        assert answer.status == 200


async def test_a_form_from_elsewhere_changes_no_cookie(unused_tcp_port: int) -> None:
    """It comes without the cookies; new ones in their place would end the login."""
    async with portal(well, unused_tcp_port) as scene:
        headers = {"sec-fetch-site": "cross-site"}
        async with scene.http.post(
            f"{scene.url}/login", data={"a": "b"}, headers=headers, allow_redirects=False
        ) as answer:
            assert (answer.status, "set-cookie" in answer.headers) == (403, False)
            assert "<form" not in await answer.text()


async def test_a_form_needs_the_token_of_its_own_browser(unused_tcp_port: int) -> None:
    """Without, with a forged and with another browser's token: 403, and what was typed is kept."""
    async with portal(well, unused_tcp_port) as scene:
        other = (await scene.browser.open("/login")).form("phone").fields[TOKEN]
        scene.browser.cookies.clear()
        page = await scene.browser.open("/login")
        refused = page
        for token in ("", "x" * 59, other, other[:-1]):
            refused = await scene.browser.send(
                page, page.form("phone"), {TOKEN: token, "phone": PHONE}
            )
            assert refused.status == 403
            assert refused.form("phone").fields["phone"] == PHONE
        assert scene.asked == []
        again = await scene.browser.send(refused, refused.form("phone"))
        assert again.path == "/login/code"


@pytest.mark.parametrize(
    ("opened", "leads_to"),
    [
        ("/en/logout", "/en"),
        ("/profile/sessions?form_token=x", "/profile"),
        ("/en/profile/phone/cancellation", "/en/profile/phone"),
        ("/apply/S001/x/papers/epi_card/files?form_token=x", "/apply/S001/x/papers/epi_card"),
    ],
)
async def test_an_address_of_a_posted_form_opened_again_leads_to_its_page(
    opened: str, leads_to: str, unused_tcp_port: int
) -> None:
    """As a phone does with a page that it had put away: it does not say that this is no method."""
    async with portal(well, unused_tcp_port) as scene:
        url = f"{scene.url}{opened}"
        async with scene.http.get(url, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (303, leads_to)
        async with scene.http.put(url) as answer:
            assert answer.status == 405


async def test_cookies_off_is_explained(unused_tcp_port: int) -> None:
    """A browser that keeps no cookie is told so, and nothing that was typed is lost."""
    async with portal(well, unused_tcp_port) as scene:
        page = await scene.browser.open("/login")
        scene.browser.cookies.clear()
        refused = await scene.browser.send(page, page.form("phone"), {"phone": PHONE})
        assert refused.status == 403
        assert "কুকি" in refused.title
        assert "আবার চেষ্টা করুন। তাতেও না হলে" in refused.text  # it may have lost them only
        assert refused.form("phone").fields["phone"] == PHONE


@pytest.mark.parametrize("path", ["/", "/en", "/login", "/help", "/nothing", "/assets/x"])
async def test_every_answer_forbids_what_browsers_would_allow(
    path: str, unused_tcp_port: int
) -> None:
    """No code inside pages, no frames, no guessing of types, no referrer to others."""
    async with portal(well, unused_tcp_port) as scene:
        headers = (await scene.browser.open(path)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


async def test_personal_pages_are_stored_nowhere_and_files_for_ever(unused_tcp_port: int) -> None:
    """`no-store` with a login or a form token; a file has an address of its content."""
    async with portal(well, unused_tcp_port) as scene:
        home = await scene.browser.open("/")
        assert home.headers["cache-control"] == "no-cache"
        assert "set-cookie" not in home.headers
        assert (await scene.browser.open("/login")).headers["cache-control"] == "no-store"
        await logged_in(scene)
        assert (await scene.browser.open("/")).headers["cache-control"] == "no-store"
        [style] = [
            part.partition('"')[0] for part in home.html.split('href="') if ".css" in part[:60]
        ]
        asset = await scene.http.get(scene.url + style)
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("secure", [True, False])
async def test_cookies_are_for_the_browser_and_this_host_only(
    secure: bool, unused_tcp_port: int
) -> None:
    """`HttpOnly`, `SameSite=Lax`; over HTTPS also `Secure` and bound to the host by their names."""
    url = "https://nagorik.example" if secure else ""
    async with portal(well, unused_tcp_port, public_url=url) as scene:
        answer = await scene.http.get(f"{scene.url}/login")
        [cookie] = answer.headers.getall("set-cookie")
        assert ("strict-transport-security" in answer.headers) is secure
    parts = cookie.split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
    assert ("Secure" in parts) is secure
    assert cookie.startswith("__Host-portal-session=") is secure
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"phone=%FF"),
        ("application/x-www-form-urlencoded", b"phone%00=1"),
        ("application/x-www-form-urlencoded", b"a=1&" * 3_000),
        ("application/x-www-form-urlencoded", b"a" * 300_000),
    ],
    ids=["json", "no UTF-8", "NUL in a name", "many fields", "large"],
)
async def test_what_is_no_form_is_refused(
    content_type: str, body: bytes, unused_tcp_port: int
) -> None:
    """A page says so; nothing is asked of the gateway."""
    async with portal(well, unused_tcp_port) as scene:
        headers = {"content-type": content_type}
        answer = await scene.http.post(f"{scene.url}/login", data=body, headers=headers)
        assert answer.status in {400, 413, 415}
        assert "<h1>" in await answer.text()
        assert scene.asked == []
