"""What the desk's pages pass on of passkeys, and to whom they answer."""

import json
from datetime import UTC, datetime

import pytest
from aiohttp import web

from libs.contracts.identity import PasskeyList, PasskeyOptions, PasskeyView
from libs.pages.posts import TOKEN
from tests.libs.pages.running import Scene
from tests.services.desk.running import desk, log_in
from tools.virtual_users.pages import Form

MADE = PasskeyView(passkey_id="a1", name="my phone", added_at=datetime(2026, 11, 1, tzinfo=UTC))
ASKED = PasskeyOptions(public_key={"challenge": "AAAA"})
ANSWER = {"id": "AQID", "type": "public-key", "response": {"signature": "ক"}}
TOKENS = {
    "access_token": "a",
    "refresh_token": "r" * 64,
    "expires_in_s": 900,
    "device_token": "device",
}


async def play(request: web.BaseRequest) -> web.Response:
    """An API with one passkey."""
    match request.method, request.path:
        case "POST", "/v1/staff/login":
            text = json.dumps(TOKENS)
        case "POST", path if "challenges" in path:
            text = ASKED.model_dump_json()
        case "POST", "/v1/staff/passkeys":
            text = MADE.model_dump_json()
        case "GET", "/v1/staff/passkeys":
            text = PasskeyList(items=[MADE]).model_dump_json()
        case "DELETE", _:
            return web.Response(status=204)
        case _:
            return web.Response(status=503)
    return web.Response(text=text, content_type="application/json")


def asked(scene: Scene, method: str, path: str) -> list[web.BaseRequest]:
    return [each for each in scene.asked if (each.method, each.path) == (method, path)]


@pytest.mark.parametrize(
    "path",
    [
        "/login/challenge",
        "/passkeys/challenge",
        "/passkeys",
        "/passkeys/a1/removal",
    ],
)
async def test_only_a_page_of_ours_asks_for_anything(path: str, unused_tcp_port: int) -> None:
    """Without the token of a form of this browser nothing reaches the API."""
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/passkeys")
        scene.asked.clear()
        forged = {TOKEN: "x" * 59, "passkey": json.dumps(ANSWER), "name": "my phone"}
        refused = await scene.browser.send(page, Form(action=path), forged)
        assert refused.status == 403
        assert scene.asked == []


@pytest.mark.parametrize("path", ["/passkeys/challenge", "/passkeys"])
async def test_without_a_login_nobody_adds_a_passkey(path: str, unused_tcp_port: int) -> None:
    """The way leads to the login."""
    async with desk(play, unused_tcp_port) as scene:
        page = await scene.browser.open("/login")
        token = page.form("code").fields[TOKEN]
        fields = {TOKEN: token, "passkey": json.dumps(ANSWER), "name": "my phone"}
        landed = await scene.browser.send(page, Form(action=path), fields)
        assert landed.path == "/login" or landed.form("username")
        assert scene.asked == []


async def test_the_answer_of_a_browser_reaches_the_api_unchanged(unused_tcp_port: int) -> None:
    """At the login and when one is added; the challenge reaches the browser, and no cache."""
    bodies: dict[str, object] = {}

    async def noting(request: web.BaseRequest) -> web.Response:
        if request.method == "POST" and request.path.endswith(("login", "passkeys")):
            bodies[request.path] = json.loads(await request.read())
        return await play(request)

    async with desk(noting, unused_tcp_port) as scene:
        await log_in(scene, code="", passkey=json.dumps(ANSWER))
        page = await scene.browser.open("/passkeys")
        assert "my phone" in page.text
        form = page.form("name")
        challenge = await scene.browser.send(page, Form("/passkeys/challenge"), form.fields)
        assert json.loads(challenge.html) == ASKED.public_key
        assert challenge.headers["cache-control"] == "no-store"
        added = await scene.browser.send(
            page, form, {"passkey": json.dumps(ANSWER), "name": "my phone"}
        )
        assert (added.status, added.path) == (200, "/passkeys")
        removal = page.form(action="/removal")
        await scene.browser.send(page, removal)
        assert len(asked(scene, "DELETE", "/v1/staff/passkeys/a1")) == 1
    who = {"username": "rahim", "password": "river lantern"}
    assert bodies == {
        "/v1/staff/login": {**who, "code": None, "passkey": ANSWER, "device_token": None},
        "/v1/staff/passkeys": {"name": "my phone", "passkey": ANSWER},
    }


@pytest.mark.parametrize("answer", ["", "{", "[]", json.dumps({"id": "A" * 20_000})])
async def test_what_is_no_answer_is_not_passed_on(answer: str, unused_tcp_port: int) -> None:
    """The page says that the browser made no passkey."""
    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/passkeys")
        page = await scene.browser.send(page, page.form("name"), {"passkey": answer})
        assert page.status == 422
        assert "পাসকি তৈরি করা যায়নি" in page.text
        assert asked(scene, "POST", "/v1/staff/passkeys") == []
