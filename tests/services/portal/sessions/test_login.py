"""Who is logged in, whose answers are shown, and what a session survives."""

import json
import time
from dataclasses import replace
from uuid import UUID

import pytest
from aiohttp import web
from joserfc.jwk import ECKey
from joserfc.jws import extract_compact

from libs.clock import Clock
from libs.contracts.problems import PROBLEMS
from libs.pages.centre_devices import CentreDevices
from libs.pages.posts import TOKEN
from libs.pages.visits import Visit
from libs.web.signed.seals import Seals
from services.portal.settings import Settings
from tests.libs.pages.running import SECRETS, Scene
from tests.services.portal.running import ANSWERS, CITIZEN, PHONE, ended, logged_in, portal, well
from tools.virtual_users.pages import Browser, read_page


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

        scene.play = ended
        login = await scene.browser.send(again, again.form("name_bn"))
        scene.play = another
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        home = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert "লগইনের আগে যা লেখা হয়েছিল, তা আর দেখানো যাচ্ছে না" in home.text
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
        settings = Settings.model_validate(SECRETS)
        seals = Seals(settings.key_for("portal cookies"))
        session = seals.open(scene.browser.cookies["portal-session"], "session") or {}
        login = None if citizen_id is None else {**session["login"], "person": citizen_id}
        session |= {"login": login, "person": citizen_id}
        scene.browser.cookies["portal-session"] = seals.seal(session, "session")
        scene.play = ended
        asked = await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
        scene.play = well
        code = await scene.browser.send(asked, asked.form("phone"), {"phone": PHONE})
        then = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert ("রহিমা" in then.html) is (citizen_id is None)


@pytest.mark.parametrize("then", ["an hour later", "another browser"])
async def test_waiting_answers_end(then: str, unused_tcp_port: int) -> None:
    """They wait an hour, in the browser in which they were typed; then the page says so."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        scene.play = ended
        login = await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
        assert login.status == 401
        scene.play = well
        waiting = login.form("phone").fields["waiting"]
        if then == "an hour later":
            settings = Settings.model_validate(SECRETS)
            seals = Seals(settings.key_for("portal cookies"))
            content = seals.open(waiting, "waiting answers") or {}
            assert 3500 < content["until_s"] - time.time() <= 3600
            waiting = seals.seal(content | {"until_s": time.time() - 1}, "waiting answers")
        if then == "another browser":
            scene.browser = Browser(scene.http, scene.url, {}, patience_s=0)
            login = await scene.browser.open("/login")
        code = await scene.browser.send(
            login, login.form("phone"), {"phone": PHONE, "waiting": waiting}
        )
        landed = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert landed.status == 200
        assert "রহিমা" not in landed.html
        assert "তা আর দেখানো যাচ্ছে না" in landed.text
        assert "/applications" in landed.links


async def test_after_a_logout_no_answers_wait(unused_tcp_port: int) -> None:
    """Another tab still has a form: sent, it is shown to nobody, and the login promises nothing."""

    async def play(request: web.BaseRequest) -> web.Response:
        return web.Response(status=204) if request.path == "/v1/logout" else await well(request)

    async with portal(play, unused_tcp_port) as scene:
        page = await logged_in(scene)
        await scene.browser.send(page, replace(page.form("name_bn"), action="/logout"))
        login = await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
        assert login.status == 401
        assert "এইমাত্র যা লিখেছেন তা রাখা হয়নি" in login.text
        assert "যা লিখেছেন তা হারায়নি" not in login.text
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        landed = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert (landed.status, landed.path) == (200, "/")
        assert "রহিমা" not in landed.html


async def another(request: web.BaseRequest) -> web.Response:
    """Answer as the API does to another citizen."""
    answer = await well(request)
    text = (answer.text or "").replace(CITIZEN, str(UUID(int=7)))
    return web.Response(text=text, status=answer.status, content_type=answer.content_type)


@pytest.mark.parametrize("who", ["the same citizen", "another one"])
async def test_a_form_is_sent_by_whom_it_was_shown_to(who: str, unused_tcp_port: int) -> None:
    """It stayed open in a tab while somebody logged in anew: only the same person sends it on."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        await scene.browser.send(page, replace(page.form("name_bn"), action="/logout"))
        scene.play = another if who == "another one" else well
        await logged_in(scene, "/help")
        sent = await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
        assert sent.status == 403
        assert ("রহিমা" in sent.html) is (who == "the same citizen")


async def test_a_logout_does_not_wait_for_the_api(unused_tcp_port: int) -> None:
    """Whoever leaves a shared phone is logged out on it, also while the API is away."""

    async def away(request: web.BaseRequest) -> web.Response:
        return web.Response(status=503)

    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        scene.play = away
        await scene.browser.send(page, replace(page.form("name_bn"), action="/logout"))
        scene.play = well
        assert (await scene.browser.open("/papers")).path == "/login"


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
    assert {cookie.partition("=")[0] for cookie in cookies} == {"portal-session", "portal-device"}
    assert not [cookie for cookie in cookies if "expires=" in cookie.lower()]
    assert "expires" not in answer.headers
    assert "expires" not in asset.headers
    assert "last-modified" not in asset.headers


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
        session = scene.browser.cookies["portal-session"]
        changed = session[:-2] + ("AA" if session[-2:] != "AA" else "BB")
        scene.browser.cookies["portal-session"] = changed
        assert (await scene.browser.open("/apply/S002")).path == "/login"


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_a_login_leads_to_pages_of_ours_only(path: str, unused_tcp_port: int) -> None:
    """Another address in `next` is the home page."""
    async with portal(well, unused_tcp_port) as scene:
        assert (await logged_in(scene, path)).path == "/"


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


async def test_a_citizens_login_on_a_centres_device_says_so(unused_tcp_port: int) -> None:
    """With a proof of the device's key, for people to look at; another browser has none."""
    settings = Settings.model_validate(SECRETS)
    devices = CentreDevices(Seals(settings.device_key), "http://gateway", Clock())
    at_the_desk, key = Visit("bn", "/", "", ""), ECKey.generate_key("P-256")
    devices.keep(at_the_desk, key)

    def proof(scene: Scene) -> str:
        [asked] = [each for each in scene.asked if each.path == "/v1/login/tokens"]
        return asked.headers.get("dpop", "")

    async with portal(well, unused_tcp_port, desk_origin="http://127.0.0.1:1") as scene:
        await logged_in(scene)
        assert not proof(scene)
        scene.asked.clear()
        scene.browser = Browser(scene.http, scene.url, {}, patience_s=0)
        cookies = await handed_over(scene, devices.hand_over(at_the_desk))
        scene.browser.cookies.update(cookies)
        await logged_in(scene)
        shown = extract_compact(proof(scene).encode()).headers()["jwk"]
        assert shown == key.as_dict(private=False)


async def handed_over(scene: Scene, sealed: str) -> dict[str, str]:
    """Hand a key over, as a form of the desk does, and confirm it; return the cookies.

    The desk's form comes without our cookies, keeps nothing and changes none. Only the page that
    asks can confirm it.
    """
    url, given = f"{scene.url}/centre-device", {"device": sealed}
    foreign = {"sec-fetch-site": "cross-site"}
    async with scene.http.post(url, data=given, headers=foreign) as answer:
        assert (answer.status, "set-cookie" in answer.headers) == (200, False)
        page = read_page(url, 200, await answer.text(), {})
    form = page.form("device", action="/centre-device/confirmation")
    address = f"{scene.url}{form.action}"
    async with scene.http.post(address, data=form.fields, headers=foreign) as answer:
        assert (answer.status, "set-cookie" in answer.headers) == (403, False)
    async with scene.http.post(
        address,
        data=form.fields,
        headers={"sec-fetch-site": "same-origin"},
        allow_redirects=False,
    ) as answer:
        assert answer.headers["location"] == "/centre-device"
        cookies = {name: morsel.value for name, morsel in answer.cookies.items()}
    scene.browser.cookies.update(cookies)
    done = await scene.browser.open("/centre-device")
    assert "http://127.0.0.1:1/counter" in done.links
    return cookies


@pytest.mark.parametrize("sealed", ["", "x", "late", "another"])
async def test_no_other_key_of_a_device_is_taken_over(sealed: str, unused_tcp_port: int) -> None:
    """Nor one of the desk after five minutes; the browser keeps nothing."""
    settings = Settings.model_validate(SECRETS)
    seals = Seals(bytes(32) if sealed == "another" else settings.device_key)
    devices = CentreDevices(seals, "http://gateway", Clock())
    at_the_desk = Visit("bn", "/", "", "")
    devices.keep(at_the_desk, ECKey.generate_key("P-256"))
    if sealed == "another":
        sealed = devices.hand_over(at_the_desk)
    if sealed == "late":
        content = seals.open(devices.hand_over(at_the_desk), "a centre's device") or {}
        assert 290 < content["until_s"] - time.time() <= 300
        sealed = seals.seal(content | {"until_s": time.time() - 1}, "a centre's device")
    async with portal(well, unused_tcp_port) as scene:
        answer = await scene.http.post(f"{scene.url}/centre-device", data={"device": sealed})
        assert (answer.status, "set-cookie" in answer.headers) == (403, False)


async def test_a_login_that_has_to_wait_says_how_long(unused_tcp_port: int) -> None:
    """In the head of the pages that ask for the number and for the code, as the API says it."""

    async def waits(request: web.BaseRequest) -> web.Response:
        problem = {"type": "/problems/codes_too_many", "title": "-", "status": 429, "detail": "-"}
        return web.json_response(
            problem,
            status=429,
            content_type="application/problem+json",
            headers={"retry-after": "17"},
        )

    async with portal(waits, unused_tcp_port) as scene:
        login = await scene.browser.open("/login")
        page = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        assert (page.status, page.headers["retry-after"]) == (429, "17")
        scene.play = well
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        scene.play = waits
        page = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert (page.status, page.headers["retry-after"]) == (429, "17")


async def test_the_limit_of_codes_leaves_a_field_for_the_last_one(unused_tcp_port: int) -> None:
    """The last code still works: the page says so, and takes it."""
    problem = PROBLEMS["codes_too_many_for_phone"]

    async def limited(request: web.BaseRequest) -> web.Response:
        if request.path != "/v1/login/codes":
            return await well(request)
        told = {"type": "/problems/codes_too_many_for_phone", "title": "-", "status": 429}
        body = json.dumps({**told, "detail": problem.detail.bn})
        return web.Response(status=429, text=body, content_type="application/problem+json")

    async with portal(limited, unused_tcp_port) as scene:
        page = await scene.browser.open("/login?next=/help")
        page = await scene.browser.send(page, page.form("phone"), {"phone": PHONE})
        assert (page.status, "#code" in page.links) == (429, True)
        assert problem.detail.bn in page.text
        assert "যাচ্ছে" not in page.text
        page = await scene.browser.send(page, page.form("code"), {"code": "123456"})
        assert (page.path, "/profile" in page.links) == ("/help", True)
