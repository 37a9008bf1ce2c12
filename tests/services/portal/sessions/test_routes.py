"""The pages of the login, with answers that wait for it."""

import re
from dataclasses import replace

from aiohttp import web

from libs.contracts.identity import CodeSent
from tests.services.portal.running import PHONE, ended, logged_in, portal, well
from tools.virtual_users.pages import Form, Page


def switched(page: Page, control: str, address: str) -> Form:
    """The form of a page, sent by its button to another address of ours."""
    addresses = re.findall(r'form="login" formaction="([^"]*)" name="switch"', page.html)
    return replace(page.form(control), action=next(each for each in addresses if address in each))


async def test_waiting_answers_stay_in_the_other_language_and_with_a_new_code(
    unused_tcp_port: int,
) -> None:
    """Whoever reads the other language, or gets no code, has what was typed after the login."""
    async with portal(well, unused_tcp_port) as scene:
        page = await logged_in(scene)
        scene.play = ended
        login = await scene.browser.send(page, page.form("name_bn"), {"name_bn": "রহিমা"})
        scene.play = well
        form = switched(login, "phone", "/en/login")
        login = await scene.browser.send(login, form, {"phone": "0171", "switch": "yes"})
        assert (login.status, login.path) == (200, "/en/login")
        assert login.form("phone").fields["phone"] == "0171"
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        code = await scene.browser.send(
            code, switched(code, "code", "/login/code"), {"switch": "yes"}
        )
        assert (code.status, code.path) == (200, "/login/code")
        form = switched(code, "code", "/login")
        login = await scene.browser.send(code, replace(form, action="/login"), {"switch": "yes"})
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        asked = [each.path for each in scene.asked]
        landed = await scene.browser.send(code, code.form("code"), {"code": "123456"})
        assert landed.form("name_bn").fields["name_bn"] == "রহিমা"
    assert asked.count("/v1/login/codes") == 1 + 2  # the first login, and no code for a switch
    assert asked.count("/v1/login/tokens") == 1


async def test_a_page_says_when_codes_go_to_numbers_with_an_account_only(
    unused_tcp_port: int,
) -> None:
    """In the language of the page; a new citizen does not wait for an SMS in vain."""

    async def busy(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/login/codes":
            sent = CodeSent(expires_in_s=300, accounts_only=True).model_dump_json()
            return web.Response(text=sent, content_type="application/json")
        return await well(request)

    async with portal(busy, unused_tcp_port) as scene:
        for prefix, words in (("", "যে নম্বরে অ্যাকাউন্ট আছে"), ("/en", "with an account only")):
            login = await scene.browser.open(f"{prefix}/login")
            code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
            assert words in code.text
            assert not [one for one in ("কোড যাচ্ছে।", "on its way") if one in code.text]
            there = next(link for link in code.links if "/login/code" in link)
            assert "accounts_only" in there  # the page in the other language says it, too
        scene.play = well
        login = await scene.browser.open("/login")
        code = await scene.browser.send(login, login.form("phone"), {"phone": PHONE})
        assert "অ্যাকাউন্ট আছে" not in code.text
        assert "কোড যাচ্ছে।" in code.text
