"""An act that needs a login of the last minutes: who it is is asked again, and nothing is lost."""

import json
from typing import Any

import pytest
from aiohttp import web

from libs.contracts.problems import PROBLEMS
from libs.ids import new_id
from tests.libs.pages.running import Scene, away
from tests.services.desk.programme.scenes import account, proposal
from tests.services.desk.running import desk, idle_for, log_in, refused
from tools.virtual_users.pages import Form, Page

STAFF_ID = new_id()
PAGE = f"/programme/accounts/{STAFF_ID}"
TYPED = {"kind": "new_app", "reason": "lost phone, seen in person"}
NEED_A_RECENT_LOGIN = {"POST": {"/v1/proposals", "/v1/staff/passkey-challenges"}}
SHOWN = {"password": "river lantern", "code": "654321"}


class OfLongAgo:
    """An API at which everybody has logged in more than five minutes ago, until confirmed."""

    def __init__(self, wrong: str = "") -> None:
        self.wrong = wrong
        self.token = "a"
        self.proposed: list[Any] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        is_recent = request.headers.get("authorization") == "Bearer b"
        if request.path in NEED_A_RECENT_LOGIN.get(request.method, ()) and not is_recent:
            return refused("recent_login_needed")
        match request.method, request.path:
            case "POST", "/v1/staff/login":
                tokens = {"access_token": self.token, "refresh_token": "r" * 64}
                who = {"device_token": "device", "roles": ["programme"], "expires_in_s": 900}
                return web.json_response({**tokens, **who})
            case "POST", "/v1/staff/login/confirmations" if self.wrong:
                return refused(self.wrong)
            case "POST", "/v1/staff/login/confirmations":
                return web.json_response({"access_token": "b", "expires_in_s": 900})
            case "POST", _:
                self.proposed.append(json.loads(await request.text()))
                return answer(proposal(new_id(), is_mine=True))
            case _, path if path.endswith("/account"):
                return answer(account(STAFF_ID))
            case _:
                return web.json_response({"items": []})


def answer(model: Any) -> web.Response:
    return web.Response(text=model.model_dump_json(), content_type="application/json")


async def asked(scene: Scene) -> Page:
    """The page that follows what was typed into a form."""
    page = await scene.browser.open(PAGE)
    return await scene.browser.send(page, page.form("reason"), TYPED)


async def test_what_was_typed_goes_on_after_the_confirmation(unused_tcp_port: int) -> None:
    """The page says that the login goes on; the form is sent by one more press, as it was typed."""
    api = OfLongAgo()
    async with desk(api, unused_tcp_port) as scene:
        await log_in(scene)
        page = await asked(scene)
        assert page.path == "/confirm"
        assert "আপনার লগইন চলছে" in page.text
        assert "শেষ হয়ে গেছে" not in page.text
        page = await scene.browser.send(page, page.form("password"), SHOWN)
        assert page.status == 200
        page = await scene.browser.send(page, page.form("reason"))
        assert page.path == "/programme/proposals"
    assert api.proposed == [{**TYPED, "username": "rahim"}]


async def test_a_paragraph_waits_at_an_address_of_its_own(unused_tcp_port: int) -> None:
    """The page of the login is no answer to a form, so that Back and reload work."""
    words = (
        "নতুন কার্যালয়ে বদলি হয়েছেন, আদেশ নম্বর ৪৫৬৭, তারিখ ১ নভেম্বর। আগের জায়গায় এখন কেউ নেই, তাই দুজন"
        " সহকর্মী পালা করে কাজ দেখছেন। জেলা প্রশাসক ফোনে জানিয়েছেন যে নতুন লোক আসতে আরও তিন সপ্তাহ লাগবে।"
    )
    async with desk(OfLongAgo(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(PAGE)
        page = await scene.browser.send(page, page.form("reason"), {**TYPED, "reason": words})
    assert (page.status, page.path) == (200, "/confirm")


@pytest.mark.parametrize("code", ["staff_login_wrong", "staff_logins_too_many"])
async def test_a_wrong_confirmation_ends_no_login(code: str, unused_tcp_port: int) -> None:
    """It says what is wrong, in the words of the API, and what was typed waits on."""
    api = OfLongAgo(code)
    async with desk(api, unused_tcp_port) as scene:
        await log_in(scene)
        page = await asked(scene)
        page = await scene.browser.send(page, page.form("password"), SHOWN)
        assert (page.status, 'id="password-error"' in page.html) == (PROBLEMS[code].status, True)
        scene.play = away
        page = await scene.browser.send(page, page.form("password"), SHOWN)
        assert page.status == 503
        scene.play, api.wrong = api, ""
        page = await scene.browser.send(page, page.form("password"), SHOWN)
        page = await scene.browser.send(page, page.form("reason"))
        assert page.path == "/programme/proposals"
    assert len(api.proposed) == 1


async def test_a_login_that_ends_at_the_confirmation_keeps_what_was_typed(
    unused_tcp_port: int,
) -> None:
    """It waits for the next login of the same person then; the language is changed on the way."""
    api = OfLongAgo()
    async with desk(api, unused_tcp_port) as scene:
        await log_in(scene)
        page = await asked(scene)
        switch = page.form("password")
        page = await scene.browser.send(page, switch, {"switch": "yes"})
        idle_for(scene, 920)
        page = await scene.browser.send(page, page.form("password"), SHOWN)
        assert (page.status, "শেষ হয়ে গেছে" in page.text) == (401, True)
        api.token = "b"
        page = await scene.browser.send(page, page.form("username"), SHOWN)
        page = await scene.browser.send(page, page.form("reason"))
        assert page.path == "/programme/proposals"
    assert len(api.proposed) == 1


async def test_the_script_of_the_passkeys_is_led_to_the_confirmation_and_back(
    unused_tcp_port: int,
) -> None:
    """It follows redirects only."""
    async with desk(OfLongAgo(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/passkeys")
        asks = Form(action="/passkeys/challenge")
        page = await scene.browser.send(page, asks, page.form("name").fields)
        assert page.path == "/confirm"
        page = await scene.browser.send(page, page.form("password"), SHOWN)
        assert page.path == "/passkeys"
