"""The portal when its gateway does not do as it should, and what browsers must not get through."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from joserfc.jws import extract_compact
from pydantic import BaseModel

from libs.contracts.applications import DraftView
from libs.contracts.centres import DeviceView
from libs.contracts.identity import CodeSent, LoginTokens
from libs.ids import new_id
from libs.web.seals import Seals
from services.catalogue.public_services.service_index import ServiceIndex
from services.portal.posts import TOKEN
from services.portal.settings import Settings
from tests.services.portal.scenes import SECRET, index, service
from tests.services.portal.stand_in import Scene, portal
from tools.virtual_users.pages import Browser

CITIZEN = str(new_id())
ANSWERS: Mapping[str, Any] = {
    "/v1/login/codes": CodeSent(expires_in_s=300),
    "/v1/login/tokens": LoginTokens(
        access_token="access", refresh_token="r" * 64, expires_in_s=900, device_token="device"
    ),
}
LISTS: Mapping[str, Callable[[ServiceIndex], BaseModel]] = {
    "/v1/categories": ServiceIndex.categories,
    "/v1/document-kinds": ServiceIndex.document_kinds,
    "/v1/life-events": ServiceIndex.life_events,
}
PHONE = "01712345678"
AT = datetime(2026, 11, 27, tzinfo=UTC)


async def well(request: web.BaseRequest) -> web.Response:
    """A gateway as it should be, without drafts."""
    if request.path in ANSWERS:
        body = ANSWERS[request.path].model_dump_json()
    elif request.path in LISTS:
        body = LISTS[request.path](index()).model_dump_json()
    elif request.path == "/v1/me":
        me = {"citizen_id": CITIZEN, "phone": "*", "language": "bn", "roles": ["citizen"]}
        body = json.dumps(me)
    elif request.path.startswith("/v1/services/"):
        body = service(request.path.split("/")[3]).model_dump_json()
    elif request.path == "/v1/drafts":
        body = '{"items":[]}'
    elif request.path.startswith("/v1/drafts/"):
        problem = '{"type":"/problems/draft_unknown","title":"x","status":404,"detail":"x"}'
        return web.Response(status=404, text=problem, content_type="application/problem+json")
    else:
        return web.Response(status=503)
    return web.Response(text=body, content_type="application/json")


async def away(request: web.BaseRequest) -> web.Response:
    """A gateway that is overloaded."""
    return web.Response(status=503, headers={"retry-after": "7"})


async def nonsense(request: web.BaseRequest) -> web.Response:
    """Something else at the address of the gateway."""
    return web.Response(text="<html>", content_type="text/html")


async def logged_in(scene: Scene, path: str = "/apply/S002") -> Any:
    """Log in, and open a page."""
    page = await scene.browser.open(f"/login?next={path}")
    page = await scene.browser.send(page, page.form("phone"), {"phone": PHONE})
    return await scene.browser.send(page, page.form("code"), {"code": "123456"})


@pytest.mark.parametrize("play", [away, nonsense], ids=["overloaded", "no API"])
async def test_a_page_says_that_the_gateway_is_away(play: Any, unused_tcp_port: int) -> None:
    """503 in the language of the page, with a time to wait and the way back."""
    async with portal(play, unused_tcp_port) as scene:
        for path, says in (("/", "কিছুক্ষণ পর আবার"), ("/en", "Try again in a while")):
            page = await scene.browser.open(path)
            assert page.status == 503
            assert says in page.text
            assert int(page.headers["retry-after"]) > 0


async def test_all_answers_are_kept_while_the_gateway_is_away(unused_tcp_port: int) -> None:
    """The page of the failure has everything that was typed, and offers to send it again."""
    typed = {"name_bn": 'রহিমা "খাতুন" <b>', "identity_kind": "nid", "nid": "১২৩"}
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        scene.play = away
        for _ in range(2):
            page = await scene.browser.send(page, page.form("name_bn"), typed)
            assert page.status == 503
            kept = page.form("name_bn").fields
            assert {name: kept[name] for name in typed} == typed
        assert page.title.startswith("সেবা এখন পাওয়া যাচ্ছে না")


async def test_a_control_character_becomes_a_space(unused_tcp_port: int) -> None:
    """A line break inside a paragraph, copied from a word processor, is no reason to refuse."""
    saved: list[Any] = []

    async def saving(request: web.BaseRequest) -> web.Response:
        if request.path.endswith("/checks"):
            return web.json_response({"errors": []})
        if request.path.startswith("/v1/drafts/") and request.method == "POST":
            saved.append(json.loads(await request.read())["answers"]["typed"])
        return await well(request)

    async with portal(saving, unused_tcp_port) as scene:
        page = await logged_in(scene)
        await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা\x0bখাতুন"})
    assert saved[0]["name_bn"] == "রহিমা খাতুন"


@pytest.mark.parametrize(
    ("status", "typed"),
    [(400, {f"field_{n}": "" for n in range(2_001)}), (413, {"name_bn": "x" * 300_000})],
    ids=["many fields", "too large"],
)
async def test_a_form_that_was_not_read_is_not_offered_again(
    status: int, typed: Mapping[str, str], unused_tcp_port: int
) -> None:
    """Sent without its fields, it would erase the answers that are stored."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        refused = await scene.browser.send(page, page.form("name_bn"), typed)
    assert (refused.status, refused.forms) == (status, [])
    assert page.path in refused.links


async def test_a_password_is_written_into_no_page(unused_tcp_port: int) -> None:
    """While the gateway is away, or a form is refused; it is typed again on the login's page."""
    typed = {"username": "rahim", "password": "four words of mine", "code": "123456"}
    async with portal(well, unused_tcp_port) as scene:
        login = await scene.browser.open("/counter/login")
        scene.play = away
        page = await scene.browser.send(login, login.form("username"), typed)
        assert page.status == 503
        assert "four words of mine" not in page.html
        assert page.form("password").action == "/counter/login"
        page = await scene.browser.send(login, login.form("username"), {**typed, TOKEN: "forged"})
        assert page.status == 403
        assert "four words of mine" not in page.html
        assert "/counter/login" in page.links


async def ended(request: web.BaseRequest) -> web.Response:
    """A gateway for which the session has ended."""
    return (
        web.Response(status=401) if request.path.startswith("/v1/drafts") else await well(request)
    )


async def test_a_session_that_cannot_be_renewed_leads_to_the_login(unused_tcp_port: int) -> None:
    """The answers wait for the same citizen; another one who logs in does not get them."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        scene.play = ended
        login = await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
        assert login.status == 401
        assert "রহিমা" not in login.html
        scene.play = well
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        again = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert again.form("name_bn").fields["name_bn"] == "রহিমা"

        async def another(request: web.BaseRequest) -> web.Response:
            answer = await well(request)
            text = (answer.text or "").replace(CITIZEN, str(new_id()))
            return web.Response(text=text, status=answer.status, content_type=answer.content_type)

        scene.play = ended
        login = await scene.browser.send(again, again.form("name_bn"))
        scene.play = another
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        home = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert home.path == "/"
        assert "রহিমা" not in home.html


async def test_answers_wait_until_it_is_known_who_logs_in(unused_tcp_port: int) -> None:
    """When that cannot be read, nobody is logged in; the form of the code is sent again."""

    async def unknown(request: web.BaseRequest) -> web.Response:
        return web.Response(status=503) if request.path == "/v1/me" else await well(request)

    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        scene.play = ended
        login = await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
        scene.play = unknown
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        failed = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert (failed.status, (await scene.browser.open("/papers")).path) == (503, "/login")
        scene.play = well
        again = await scene.browser.send(failed, failed.form("code"))
        assert again.form("name_bn").fields["name_bn"] == "রহিমা"
        keys = [
            each.headers["idempotency-key"]
            for each in scene.asked
            if each.path == "/v1/login/tokens"
        ]
        assert keys[-1] == keys[-2]


@pytest.mark.parametrize("citizen_id", [None, ""], ids=["nobody", "unknown"])
async def test_answers_of_an_unknown_citizen_are_shown_to_nobody(
    citizen_id: str | None, unused_tcp_port: int
) -> None:
    """Answers that were typed before anybody logged in go to whoever logs in then."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        settings = Settings.model_validate({"cookie_secret": SECRET})
        seals = Seals(settings.key_for("cookies"))
        session = seals.open(scene.browser.cookies["session"], "session") or {}
        login = None if citizen_id is None else {**session["login"], "citizen_id": citizen_id}
        session |= {"login": login, "citizen": citizen_id}
        scene.browser.cookies["session"] = seals.seal(session, "session")
        scene.play = ended
        asked = await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
        scene.play = well
        code = await scene.browser.send(asked, asked.form("phone"), {"phone": PHONE})
        then = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert ("রহিমা" in then.html) is (citizen_id is None)


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


async def test_a_stolen_session_ends_for_both(unused_tcp_port: int) -> None:
    """A copied cookie is good until its refresh token is used twice; then both have to log in.

    A session is bound to no address, since a phone has another one at every mast.
    """
    used: list[str] = []
    brief = ANSWERS["/v1/login/tokens"].model_copy(update={"expires_in_s": 1})

    async def once(request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/login/tokens":
            return web.json_response(text=brief.model_dump_json())
        if request.path != "/v1/login/refresh":
            return await well(request)
        token = json.loads(await request.read())["refresh_token"]
        used.append(token)
        if len(set(used)) < len(used):  # somebody has used an old one: the session has ended
            return web.Response(status=401)
        renewed = brief.model_copy(update={"refresh_token": f"{len(used)}" * 64})
        return web.json_response(text=renewed.model_dump_json())

    async with portal(well, unused_tcp_port) as scene:
        scene.play = once
        page = await logged_in(scene, "/help")
        thief = Browser(scene.http, scene.url, {"x-forwarded-for": "203.0.113.9"}, patience_s=0)
        thief.cookies = dict(scene.browser.cookies)
        assert (await scene.browser.open("/apply/S002")).form("name_bn")
        assert (await thief.open("/apply/S002")).path == "/login"
        assert scene.asked[-1].headers["x-forwarded-for"] == "203.0.113.9"
        assert (await scene.browser.open("/apply/S002")).path == "/login"
    assert page.status == 200


async def test_a_phone_whose_clock_is_wrong_is_served_alike(unused_tcp_port: int) -> None:
    """Times are counted by our clock, or from the moment of the answer; never by the phone's."""
    wrong = {"date": "Thu, 01 Jan 1970 00:00:00 GMT"}
    async with portal(well, unused_tcp_port) as scene:
        scene.browser = Browser(scene.http, scene.url, wrong, patience_s=0)
        page = await scene.browser.open("/login")
        page = await scene.browser.send(page, page.form("phone"), {"phone": PHONE})
        fields = {**page.form("code").fields, "code": "123456"}
        kept = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
        answer = await scene.http.post(
            scene.url + page.form("code").action,
            data=fields,
            headers={**wrong, "cookie": kept},
            allow_redirects=False,
        )
        asset = await scene.http.get(f"{scene.url}{page.html.partition('stylesheet')[2][8:46]}")
    cookies = answer.headers.getall("set-cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"session", "device"}
    assert not [cookie for cookie in cookies if "expires=" in cookie.lower()]
    assert "expires" not in answer.headers
    assert "expires" not in asset.headers
    assert "last-modified" not in asset.headers


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


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/login", 403),
        ("/counter/login", 403),
        (f"/counter/mandates/{new_id()}/papers/x/files", 303),
    ],
    ids=["login", "counter", "upload"],
)
async def test_a_form_from_elsewhere_changes_no_cookie(
    path: str, status: int, unused_tcp_port: int
) -> None:
    """It comes without the cookies; new ones in their place would end the login."""
    async with portal(well, unused_tcp_port) as scene:
        headers = {"sec-fetch-site": "cross-site"}
        async with scene.http.post(
            scene.url + path, data={"a": "b"}, headers=headers, allow_redirects=False
        ) as answer:
            assert (answer.status, "set-cookie" in answer.headers) == (status, False)
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
        ("/papers/0190aaaa-0000-7000-8000-000000000001", "/papers"),
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
    assert cookie.startswith("__Host-session=") is secure
    assert "Domain" not in cookie


async def test_a_login_gets_a_new_session_and_a_changed_cookie_is_none(
    unused_tcp_port: int,
) -> None:
    """Nobody can plant a session before the login; nobody can change or read what a cookie has."""
    async with portal(well, unused_tcp_port) as scene:
        page = await scene.browser.open("/login")
        before = page.form("phone").fields[TOKEN]
        form = await logged_in(scene)
        assert "access" not in str(scene.browser.cookies)
        refused = await scene.browser.send(form, form.form("name_bn"), {TOKEN: before})
        assert refused.status == 403
        session = scene.browser.cookies["session"]
        scene.browser.cookies["session"] = session[:-2] + ("AA" if session[-2:] != "AA" else "BB")
        assert (await scene.browser.open("/apply/S002")).path == "/login"


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_a_login_leads_to_pages_of_ours_only(path: str, unused_tcp_port: int) -> None:
    """Another address in `next` is the home page."""
    async with portal(well, unused_tcp_port) as scene:
        assert (await logged_in(scene, path)).path == "/"


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


def draft(scene_id: str, revision: int = 1, version: int = 1, **typed: str) -> str:
    """A stored draft of the common form."""
    view = DraftView(
        draft_id=UUID(scene_id),
        public_service_id="S002",
        public_service_name=service("S002").name,
        form_version=version,
        revision=revision,
        saved_at=AT,
        kept_until=AT,
        answers={"typed": typed, "seen": ["person", "contact"]},
    )
    return view.model_dump_json()


async def test_a_form_that_changed_is_told_and_asked_again(unused_tcp_port: int) -> None:
    """What was typed stays; each section is to be gone through once more."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        draft_id = page.path.split("/")[3]
        saved: list[Any] = []

        async def old(request: web.BaseRequest) -> web.Response:
            if request.path != f"/v1/drafts/{draft_id}":
                return await well(request)
            if request.method == "POST":
                saved.append(json.loads(await request.read()))
            version = saved[-1]["form_version"] if saved else 0
            text = draft(draft_id, 1 + len(saved), version, name_bn="রহিমা")
            return web.Response(text=text, content_type="application/json")

        scene.play = old
        told = await scene.browser.open(page.path)
        assert told.path == f"/apply/S002/{draft_id}"
        assert "ফরমটি বদলেছে" in told.text
        again = await scene.browser.send(told, told.forms[0])
        assert again.form("name_bn").fields["name_bn"] == "রহিমা"
        [body] = saved
        assert (body["form_version"], body["answers"]["seen"]) == (1, [])
        assert body["answers"]["typed"] == {"name_bn": "রহিমা"}


async def test_two_windows_do_not_write_over_each_other(unused_tcp_port: int) -> None:
    """A section that was changed elsewhere meanwhile is read again, and both changes are kept."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        draft_id = page.path.split("/")[3]
        saved: list[Any] = []

        async def busy(request: web.BaseRequest) -> web.Response:
            if request.path.endswith("/checks"):
                return web.json_response({"errors": []})
            if request.path != f"/v1/drafts/{draft_id}":
                return await well(request)
            if request.method == "POST":
                saved.append(json.loads(await request.read()))
                if len(saved) == 1:
                    problem = {"type": "/problems/draft_changed", "title": "", "detail": ""}
                    return web.json_response({**problem, "status": 409}, status=409)
            revision = 1 if not saved else 5
            text = draft(draft_id, revision, description="অন্য জানালা" if saved else "")
            return web.Response(text=text, content_type="application/json")

        scene.play = busy
        typed = {"name_bn": "রহিমা", "identity_kind": "nid", "nid": "১২৩৪৫৬৭৮৯০"}
        await scene.browser.send(page, page.form("name_bn"), typed)
    assert [body["revision"] for body in saved] == [1, 5]
    kept = saved[-1]["answers"]["typed"]
    assert kept == {**typed, "description": "অন্য জানালা"}


@dataclass
class Deleted:
    """A gateway with one draft, which another window deletes.

    Args:
        form_version: of the draft.
        saved: what was stored of it.
        gone: whether it is deleted.
        conflicts: whether it is changed, and deleted, just before it is stored.
    """

    form_version: int = 1
    saved: list[Any] = field(default_factory=list)
    gone: bool = False
    conflicts: bool = False

    async def play(self, request: web.BaseRequest) -> web.Response:
        """Answer a request of the portal."""
        if request.path.endswith("/checks"):
            return web.json_response({"errors": []})
        if not request.path.startswith("/v1/drafts/"):
            return await well(request)
        if request.method == "POST":
            self.saved.append(json.loads(await request.read()))
            if self.conflicts and not self.gone:
                self.gone = True
                problem = {"type": "/problems/draft_changed", "title": "", "detail": ""}
                return web.json_response({**problem, "status": 409}, status=409)
        elif self.gone:
            return await well(request)
        text = draft(request.path.split("/")[3], 1, self.form_version, name_bn="রহিমা")
        return web.Response(text=text, content_type="application/json")


@pytest.mark.parametrize("place", ["section", "steps", "check", "conflict"])
async def test_a_draft_that_another_window_deleted_is_not_stored_again(
    place: str, unused_tcp_port: int
) -> None:
    """No page that shows it makes a new one of it, neither with its own answers nor without."""
    gateway = Deleted(form_version=0 if place == "steps" else 1, conflicts=place == "conflict")
    async with portal(well, unused_tcp_port) as scene:
        first = (await logged_in(scene)).path
        above = first.partition("/steps/")[0]
        scene.play = gateway.play
        pages = {"steps": above, "check": f"{above}/check"}
        page = await scene.browser.open(pages.get(place, first))
        gateway.gone = place != "conflict"
        control = {"steps": "", "check": "key"}.get(place, "name_bn")
        told = await scene.browser.send(page, page.form(control))
    assert told.status == 404
    assert len(gateway.saved) == (1 if place == "conflict" else 0)


async def test_a_citizens_login_on_a_centres_device_says_so(unused_tcp_port: int) -> None:
    """With a proof of the device's key, for people to look at; another browser has none."""
    device = DeviceView(device_id=new_id(), service_centre_id="gulshan", name="counter 1")

    async def play(request: web.BaseRequest) -> web.Response:
        if request.path == "/v1/devices/enrolments":
            return web.Response(text=device.model_dump_json(), content_type="application/json")
        return await well(request)

    def proof(scene: Scene) -> str:
        [asked] = [each for each in scene.asked if each.path == "/v1/login/tokens"]
        return asked.headers.get("dpop", "")

    async with portal(play, unused_tcp_port) as scene:
        await logged_in(scene)
        assert not proof(scene)
        scene.asked.clear()
        scene.browser = Browser(scene.http, scene.url, {}, patience_s=0)
        page = await scene.browser.open("/counter/device")
        await scene.browser.send(page, page.form("code"), {"code": "from-the-programme"})
        [enrolment] = [each for each in scene.asked if each.path == "/v1/devices/enrolments"]
        await logged_in(scene)
        keys = [
            extract_compact(each.encode()).headers()["jwk"]
            for each in (enrolment.headers["dpop"], proof(scene))
        ]
        assert keys[0] == keys[1]


async def test_what_was_typed_goes_along_to_the_other_language(unused_tcp_port: int) -> None:
    """The switch of a page with questions saves them as they are, right or not."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        draft_id = page.path.split("/")[3]
        typed: dict[str, str] = {}

        async def with_draft(request: web.BaseRequest) -> web.Response:
            if request.path != f"/v1/drafts/{draft_id}":
                return await well(request)
            if request.method == "POST":
                typed.update(json.loads(await request.read())["answers"]["typed"])
            return web.Response(
                text=draft(draft_id, 1, 1, **typed), content_type="application/json"
            )

        scene.play = with_draft
        [address] = re.findall(r'formaction="([^"]*)" name="switch"', page.html)
        form = replace(page.form("name_bn"), action=address)
        page = await scene.browser.send(
            page, form, {"name_bn": "রহি", "identity_kind": "nid", "switch": "yes"}
        )
    assert (page.status, page.path) == (200, f"/en/apply/S002/{draft_id}/steps/person")
    kept = page.form("name_bn").fields
    assert (kept["name_bn"], kept["identity_kind"]) == ("রহি", "nid")


async def test_the_form_of_the_code_has_one_key(unused_tcp_port: int) -> None:
    """Sent again it has the same key, so the API answers again; each page has its own."""
    async with portal(well, unused_tcp_port) as scene:
        page = await scene.browser.open("/login")
        page = await scene.browser.send(page, page.form("phone"), {"phone": PHONE})
        cookies, form = dict(scene.browser.cookies), page.form("code")
        for _ in range(2):
            scene.browser.cookies = dict(cookies)  # those of the first answer never came
            landed = await scene.browser.send(page, form, {"code": "123456"})
            assert landed.path == "/"
        scene.browser.cookies = cookies
        other = await scene.browser.open("/login/code")
        await scene.browser.send(other, other.form("code"), {"code": "123456"})
        asked = [each for each in scene.asked if each.path == "/v1/login/tokens"]
    first, again, another = (each.headers["idempotency-key"] for each in asked)
    assert first == again
    assert another != first
    assert len(first) > 20
