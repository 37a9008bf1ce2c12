"""The pages on which a citizen changes the number of the account, or has it erased."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.services.portal.running import ANSWERS, logged_in, portal, well

NEW = "01812345678"
KEPT = [{"what": {"bn": "নথি", "en": "Files"}, "why": {"bn": "আইন", "en": "Law"}}]
ERASURE = {
    "requested_at": "2026-11-29T00:00:00Z",
    "due_at": "2026-12-29T00:00:00Z",
    "gone_by": "2027-04-05",
    "kept": KEPT,
}


@dataclass
class Account:
    """A gateway with one account.

    Args:
        erasure: whether it will be erased.
        waits: whether its number will change.
        codes: the numbers to which codes went.
        bodies: what was asked, by path.
    """

    erasure: bool = False
    waits: bool = False
    codes: list[str] = field(default_factory=list)
    bodies: dict[str, Any] = field(default_factory=dict)

    async def play(self, request: web.BaseRequest) -> web.Response:
        """Answer a request of the portal."""
        given = await request.text()
        body = json.loads(given) if given else {}
        match request.method, request.path:
            case "POST", "/v1/login/codes":
                self.codes.append(body["phone"])
                return web.json_response(text=ANSWERS["/v1/login/codes"].model_dump_json())
            case "POST", "/v1/me/erasure/cancellation":
                self.erasure = False
                return web.Response(status=204)
            case "POST", "/v1/me/phone/cancellation":
                self.waits = False
                return web.Response(status=204)
            case _, "/v1/me/erasure" if body.get("code") == "1" or not (body or self.erasure):
                return _problem("code_wrong" if body else "erasure_not_requested")
            case _, "/v1/me/erasure":
                self.erasure = True
                return web.json_response(ERASURE)
            case _, "/v1/me/phone":
                self.bodies |= {request.path: body} if body else {}
                self.waits = self.waits or (bool(body) and "old_code" not in body)
                pending = {"new_phone": "*678", "changes_at": "2026-12-06T00:00:00Z"}
                return web.json_response({"phone": "*678", **(pending if self.waits else {})})
            case _:
                return await well(request)


def _problem(code: str) -> web.Response:
    told = {"type": f"/problems/{code}", "title": "-", "status": 422, "detail": code}
    return web.json_response(told, status=422, content_type="application/problem+json")


async def test_an_account_is_erased_after_a_question_and_a_code_and_can_be_kept(
    unused_tcp_port: int,
) -> None:
    """A wrong code erases nothing; afterwards the page says when, what is kept, and how to stop."""
    account = Account()
    async with portal(account.play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/profile/erasure")
        account.codes.clear()
        page = await scene.browser.send(page, page.form(action="/erasure"))
        assert page.path == "/profile/erasure/code"
        assert "/profile/erasure" in page.links  # where a new code is asked for
        assert account.codes == ["+8801712345678"]
        page = await scene.browser.send(page, page.form("code"), {"code": "1"})
        assert (page.status, "#code" in page.links, account.erasure) == (422, True, False)
        page = await scene.browser.send(page, page.form("code"), {"code": "123456"})
        assert (page.path, account.erasure) == ("/profile/erasure", True)
        assert "২৯ ডিসেম্বর ২০২৬" in page.text
        assert "৫ এপ্রিল ২০২৭" in page.text
        assert "নথি আইন" in page.text
        profile = await scene.browser.open("/profile")
        assert "২৯ ডিসেম্বর ২০২৬" in profile.text
        page = await scene.browser.send(page, page.form(action="/cancellation"))
        assert (page.path, account.erasure) == ("/profile/erasure", False)
        assert "আপনার অ্যাকাউন্ট থাকছে" in page.text
        assert "থাকছে" not in (await scene.browser.open("/profile/erasure")).text


async def test_a_number_changes_at_once_with_both_codes(unused_tcp_port: int) -> None:
    """Each number gets one; afterwards codes of this login go to the new number."""
    account = Account()
    async with portal(account.play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/profile/phone")
        account.codes.clear()
        page = await scene.browser.send(page, page.form("phone"), {"phone": NEW, "old": "yes"})
        assert account.codes == [f"+88{NEW}", "+8801712345678"]
        typed = {"code": "123456", "old_code": "654321"}
        page = await scene.browser.send(page, page.form("old_code"), typed)
        assert page.path == "/profile/phone"
        assert "নম্বর বদলেছে" in page.text
        assert account.bodies["/v1/me/phone"] == {"phone": f"+88{NEW}", **typed}
        page = await scene.browser.open("/profile/erasure")
        await scene.browser.send(page, page.form(action="/erasure"))
        assert account.codes[-1] == f"+88{NEW}"


async def test_without_the_old_number_the_change_waits_and_can_be_stopped(
    unused_tcp_port: int,
) -> None:
    """The page asks for one code only, and says from when the number changes."""
    account = Account()
    async with portal(account.play, unused_tcp_port) as scene:
        page = await logged_in(scene, "/profile/phone")
        page = await scene.browser.send(page, page.form("phone"), {"phone": NEW, "old": "no"})
        assert "old_code" not in page.form("code").controls
        page = await scene.browser.send(page, page.form("code"), {"code": "123456"})
        assert "৬ ডিসেম্বর ২০২৬ থেকে" in page.text
        page = await scene.browser.send(page, page.form(action="/cancellation"))
        assert (page.path, account.waits) == ("/profile/phone", False)
