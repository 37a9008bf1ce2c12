"""Who works in a browser: the first page, the end of a session, and the next person."""

import json
from collections.abc import Sequence
from urllib.parse import quote

import pytest
from aiohttp import web

from libs.pages.posts import TOKEN
from services.desk.staff.rules import PAGES
from tests.libs.pages.running import Play, away
from tests.services.desk.counter.running import play
from tests.services.desk.running import PROOFS, desk, idle_for, log_in

_EMPTY = {
    "/v1/cases",
    "/v1/cases/counts",
    "/v1/centres-figures",
    "/v1/flags",
    "/v1/proposals",
    "/v1/sessions",
}


def playing(*roles: str) -> Play:
    """An API at which somebody with these roles logs in."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return web.json_response({**tokens, "device_token": "device", "roles": roles})
        if request.path in _EMPTY:
            return web.Response(text=json.dumps({"items": []}), content_type="application/json")
        return web.Response(status=204) if request.path == "/v1/logout" else await play(request)

    return answer


@pytest.mark.parametrize(
    ("roles", "path"),
    [
        (["uddokta"], "/counter"),
        (["programme"], "/programme"),
        (["operator", "programme"], "/programme"),
        (["officer"], "/cases"),
        (["operator"], "/journeys"),
        (["editor of a later version"], "/"),
        ([], "/"),
    ],
)
async def test_the_first_page_is_that_of_the_role(
    roles: Sequence[str], path: str, unused_tcp_port: int
) -> None:
    """Whoever has nothing here yet is told so, and whom to ask, in both languages."""
    async with desk(playing(*roles), unused_tcp_port) as scene:
        page = await log_in(scene)
        assert (page.status, page.path) == (200, path)
        if path == "/":
            assert "এখনো কোনো পাতা নেই" in page.text
            english = await scene.browser.open("/en")
            assert "nothing for your role yet" in english.text
            assert "whoever gave you this account" in english.text
            out = await scene.browser.send(page, page.form(action="/logout"))
            assert out.path == "/login"
            assert (await scene.browser.open("/")).path == "/login"


@pytest.mark.parametrize(
    ("roles", "found"),
    [
        (
            ["officer", "programme"],
            {"/programme", "/publications", "/cases", "/witness", "/training", "/office"},
        ),
        (
            ["operator", "programme"],
            {"/programme", "/publications", "/journeys", "/operations"},
        ),
        (
            ["helpline", "officer", "operator"],
            {
                "/cases",
                "/witness",
                "/training",
                "/office",
                "/journeys",
                "/operations",
                "/publications",
            },
        ),
        (["officer"], {"/cases", "/witness", "/training", "/office"}),
        (["helpline", "operator"], {"/journeys", "/operations", "/publications"}),
        (["programme"], {"/programme", "/publications"}),
        (["helpline"], set()),
    ],
)
async def test_somebody_with_two_roles_finds_the_pages_of_both(
    roles: Sequence[str], found: set[str], unused_tcp_port: int
) -> None:
    """The first page is one of them only; whoever has one needs no link to it."""
    async with desk(playing(*roles), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/account")
        offered = {path for pages in PAGES.values() for path in pages}
        assert set(page.links) & offered == found


async def test_a_login_leads_to_the_page_that_was_asked_for(unused_tcp_port: int) -> None:
    """Also in the other language, and after a wrong password; no link leads elsewhere."""
    async with desk(playing("programme"), unused_tcp_port) as scene:
        page = await scene.browser.open("/programme/flags?after=x")
        assert (page.path, "শেষ হয়ে গেছে" in page.text) == ("/login", False)
        assert "/en/login?next=/programme/flags%3Fafter%3Dx" in page.links
        scene.play = away
        page = await scene.browser.send(page, page.form("code"), PROOFS)
        assert page.status == 503
        scene.play = playing("programme")
        page = await scene.browser.send(page, page.form("code"), PROOFS)
        assert page.url.endswith("/programme/flags?after=x")
        idle_for(scene, 920)
        page = await scene.browser.open("/programme/flags")
        assert (page.path, "লগইন শেষ হয়ে গেছে" in page.text) == ("/login", True)
        for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "evil"):
            page = await scene.browser.open(f"/login?next={quote(elsewhere, safe='')}")
            forged = {**PROOFS, "next": elsewhere}
            page = await scene.browser.send(page, page.form("code"), forged)
            assert (page.status, page.path) == (200, "/programme")


@pytest.mark.parametrize(("idle_s", "path"), [(880, "/counter"), (920, "/login")])
async def test_a_session_ends_after_a_quarter_of_an_hour_without_work(
    idle_s: float, path: str, unused_tcp_port: int
) -> None:
    """Every page counts as work, so that nobody finds the desk open who comes later."""
    async with desk(playing("uddokta"), unused_tcp_port) as scene:
        await log_in(scene)
        for _ in range(3):
            idle_for(scene, idle_s)
            assert (await scene.browser.open("/counter")).path == path


async def test_pages_of_one_person_are_not_sent_by_the_next(unused_tcp_port: int) -> None:
    """A browser may still show them, with what a citizen has typed."""
    async with desk(playing("uddokta"), unused_tcp_port) as scene:
        await log_in(scene, "rahim")
        left = await scene.browser.open("/counter")
        await log_in(scene, "karim")
        refused = await scene.browser.send(left, left.form(action="/logout"))
        assert refused.status == 403
        assert (await scene.browser.open("/counter")).path == "/counter"


async def test_a_login_keeps_the_forms_of_the_same_person(unused_tcp_port: int) -> None:
    """What was typed before the session ended is sent after the login."""
    async with desk(playing("uddokta"), unused_tcp_port) as scene:
        page = await log_in(scene, "rahim")
        before = page.form(action="/logout").fields[TOKEN]
        await log_in(scene, "rahim")
        page = await scene.browser.open("/counter")
        out = await scene.browser.send(page, page.form(action="/logout"), {TOKEN: before})
        assert out.path == "/login"


async def test_a_logout_does_not_wait_for_the_api(unused_tcp_port: int) -> None:
    """Whoever leaves the desk while it is away is out in this browser all the same."""
    async with desk(playing("uddokta"), unused_tcp_port) as scene:
        page = await log_in(scene)
        scene.play = away
        out = await scene.browser.send(page, page.form(action="/logout"))
        assert (out.status, out.path) == (200, "/login")
        scene.play = playing("uddokta")
        assert (await scene.browser.open("/counter")).path == "/login"
