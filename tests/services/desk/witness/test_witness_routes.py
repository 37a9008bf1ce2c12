"""An officer types the number of the counter, sees what is asked, and confirms it."""

import pytest
from aiohttp import web

from tests.libs.pages.running import Play
from tests.services.desk.counter.running import MANDATE, MARK, answer
from tests.services.desk.running import PROOFS, desk, idle_for, log_in

NUMBER = "12345678"
ASKED = MANDATE.model_copy(
    update={"consent": "witness", "state": "requested", "phone": None, "applicant": "R.K."}
)


def problem(code: str, status: int) -> web.Response:
    """A refusal of the API."""
    text = f'{{"type":"/problems/{code}","title":"{code}","status":{status},"detail":"{code}"}}'
    return web.Response(status=status, text=text, content_type="application/problem+json")


def playing(confirmed: list[str], *, recent: bool = True) -> Play:
    """An API with one request under a number, until it is confirmed."""

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
            return web.json_response({**tokens, "device_token": "device", "roles": ["officer"]})
        if request.path in {"/v1/cases", "/v1/cases/counts"}:
            return problem("duty_missing", 403)
        if request.path == f"/v1/mandates/{MARK}/witness" and not recent:
            return problem("recent_login_needed", 401)
        if request.path == f"/v1/mandates/{MARK}/witness":
            confirmed.append(request.path)
            return answer(ASKED.model_copy(update={"state": "active"}).model_dump_json())
        if request.path == f"/v1/witness-requests/{NUMBER}" and not confirmed:
            return answer(ASKED.model_dump_json())
        return problem("witness_number_unknown", 404)

    return play


async def test_an_officer_confirms_what_the_page_shows(unused_tcp_port: int) -> None:
    """By the short number, and only with both statements; the page that follows survives Back."""
    confirmed: list[str] = []
    async with desk(playing(confirmed), unused_tcp_port) as scene:
        page = await log_in(scene)
        assert page.path == "/witness"
        wrong = await scene.browser.send(page, page.form("number"), {"number": "999"})
        assert (wrong.status, wrong.form("number").fields["number"]) == (404, "999")
        assert (await scene.browser.open(wrong.path)).form("number").fields["number"] == ""
        page = await scene.browser.send(page, page.form("number"), {"number": NUMBER})
        assert page.path == f"/witness/{NUMBER}"
        for shown in ("R.K.", "জন্ম নিবন্ধন", "উত্তরা", "৮০ টাকা"):
            assert shown in page.text
        half = await scene.browser.send(page, page.form("known"), {"known": "yes"})
        assert (half.status, confirmed) == (422, [])
        assert (await scene.browser.open(half.path)).status == 200  # no answer to a form
        both = {"known": "yes", "agreed": "yes"}
        done = await scene.browser.send(page, page.form("known"), both)
        assert (done.path, len(confirmed)) == ("/witness", 1)
        assert "নিশ্চিত করা হয়েছে" in done.text
        assert (await scene.browser.open(f"/witness/{NUMBER}")).status == 404


@pytest.mark.parametrize("number", ["", "   ", "../programme", "১" * 200, "<b>"])
async def test_what_is_no_number_finds_nothing(number: str, unused_tcp_port: int) -> None:
    """And stays in the field, as text."""
    async with desk(playing([]), unused_tcp_port) as scene:
        page = await log_in(scene)
        page = await scene.browser.send(page, page.form("number"), {"number": number})
    assert page.status == 404
    assert "<b>" not in page.html


async def test_a_login_of_long_ago_is_confirmed(unused_tcp_port: int) -> None:
    """What was ticked waits for it; every page of the way has an address, so that Back works."""
    confirmed: list[str] = []
    recent = False

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal recent
        if request.path == "/v1/staff/login/confirmations":
            recent = True
            return web.json_response({"access_token": "b", "expires_in_s": 300})
        return await playing(confirmed, recent=recent)(request)

    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/witness/{NUMBER}")
        both = {"known": "yes", "agreed": "yes"}
        asked = await scene.browser.send(page, page.form("known"), both)
        assert (asked.path, confirmed) == ("/confirm", [])
        assert (await scene.browser.open("/confirm")).form("password").fields["waiting"]
        proofs = {"password": "river lantern", "code": "123456"}
        kept = await scene.browser.send(asked, asked.form("password"), proofs)
        assert (kept.path, kept.form("known").fields["agreed"]) == ("/confirmed", "yes")
        done = await scene.browser.send(kept, kept.form("known"))
        assert (done.path, len(confirmed)) == ("/witness", 1)
        assert (await scene.browser.open("/confirmed")).path == "/witness"  # as with Back
        assert not (await scene.browser.open("/confirm")).form("password").fields["waiting"]


async def test_what_was_ticked_waits_for_a_login_that_ended(unused_tcp_port: int) -> None:
    """It is shown to the same person, once, at an address of its own."""
    confirmed: list[str] = []
    async with desk(playing(confirmed), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/witness/{NUMBER}")
        idle_for(scene, 1000)
        both = {"known": "yes", "agreed": "yes"}
        asked = await scene.browser.send(page, page.form("known"), both)
        assert (asked.path, asked.form("username").fields["username"]) == ("/login", "rahim")
        kept = await scene.browser.send(asked, asked.form("username"), PROOFS)
        assert (kept.path, kept.form("known").fields["agreed"]) == ("/confirmed", "yes")
        done = await scene.browser.send(kept, kept.form("known"))
        assert (done.path, len(confirmed)) == ("/witness", 1)
        assert (await scene.browser.open("/confirmed")).path == "/witness"
