"""A person of staff begins on pages: the initial password is replaced where it is refused."""

import json

import pytest
from aiohttp import web

from tests.libs.pages.running import Play
from tests.services.desk.counter.running import play
from tests.services.desk.running import PROOFS, desk, log_in, refused

EMPTY = "এই ঘরটি পূরণ করুন।"
CHOSEN = {
    "new_password": "river lantern seventeen",
    "new_password_again": "river lantern seventeen",
}


def accounts(asked: list[dict[str, str]], refusal: str = "") -> Play:
    """An API with an account that has an initial password; a choice may be refused."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            return refused("staff_password_initial")
        if request.path != "/v1/staff/password":
            return await play(request)
        asked.append(json.loads(await request.read()))
        if refusal:
            return refused(refusal)
        tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
        return web.json_response({**tokens, "device_token": "device", "roles": ["uddokta"]})

    return answer


async def test_an_initial_password_leads_to_the_choice_of_another(unused_tcp_port: int) -> None:
    """The page says that the code is used up, keeps the name, and ends at the first page."""
    asked: list[dict[str, str]] = []
    async with desk(accounts(asked), unused_tcp_port) as scene:
        page = await log_in(scene)
        form = page.form("new_password")
        assert (page.status, form.fields["username"]) == (200, "rahim")
        assert "পরের কোডের জন্য আধা মিনিট অপেক্ষা করুন" in page.text
        first = await scene.browser.send(page, form, {**PROOFS, **CHOSEN, "code": "654321"})
        assert (first.status, first.path) == (200, "/counter")
        assert asked[0]["new_password"] == CHOSEN["new_password"]
        assert asked[0]["code"] == "654321"
        assert "new_password_again" not in asked[0]


@pytest.mark.parametrize(
    ("refusal", "again", "place"),
    [
        ("staff_login_wrong", "", "username"),
        ("staff_password_common", "", "new_password"),
        ("staff_password_same", "", "new_password"),
        ("", "another one", "new_password_again"),
    ],
)
async def test_the_reason_stands_at_its_field(
    refusal: str, again: str, place: str, unused_tcp_port: int
) -> None:
    """No password is written into the page that says what was wrong."""
    asked: list[dict[str, str]] = []
    async with desk(accounts(asked, refusal), unused_tcp_port) as scene:
        page = await scene.browser.open("/en/password")
        typed = {**PROOFS, **CHOSEN} | ({"new_password_again": again} if again else {})
        page = await scene.browser.send(page, page.form("new_password"), typed)
        assert f'id="{place}-error"' in page.html
        assert f'href="#{place}"' in page.html
        assert CHOSEN["new_password"] not in page.html
        assert PROOFS["password"] not in page.html
        assert len(asked) == (0 if again else 1)


@pytest.mark.parametrize("path", ["/login", "/password"])
async def test_a_login_that_has_to_wait_says_how_long(path: str, unused_tcp_port: int) -> None:
    """In the page's head, as the API says it."""

    async def waits(request: web.BaseRequest) -> web.StreamResponse:
        if not request.path.startswith("/v1/staff/"):
            return await play(request)
        answer = refused("staff_logins_too_many")
        answer.headers["retry-after"] = "17"
        return answer

    async with desk(waits, unused_tcp_port) as scene:
        page = await scene.browser.open(path)
        page = await scene.browser.send(page, page.form("code"), {**PROOFS, **CHOSEN})
        assert (page.status, page.headers["retry-after"]) == (429, "17")


async def test_the_summary_says_which_field_is_empty(unused_tcp_port: int) -> None:
    """At the field itself the label stands above the message."""

    async def nothing_typed(request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/v1/staff/login":
            return await play(request)
        problem = {
            "type": "/problems/invalid_request",
            "title": "-",
            "status": 422,
            "detail": "-",
            "errors": [{"pointer": "/password", "code": "required", "message": EMPTY}],
        }
        return web.json_response(problem, status=422, content_type="application/problem+json")

    async with desk(nothing_typed, unused_tcp_port) as scene:
        page = await log_in(scene)
        assert f'<a href="#password">পাসওয়ার্ড: {EMPTY}</a>' in page.html
        assert f"ত্রুটি: </span>{EMPTY}" in page.html
