"""What browsers must not get through at the desk, and what is written into no page."""

import pytest

from libs.ids import new_id
from libs.pages.posts import TOKEN
from tests.libs.pages.running import away
from tests.services.desk.counter.running import play
from tests.services.desk.running import desk


async def test_a_password_is_written_into_no_page(unused_tcp_port: int) -> None:
    """While the gateway is away, or a form is refused; it is typed again on the login's page."""
    typed = {"username": "rahim", "password": "four words of mine", "code": "123456"}
    async with desk(play, unused_tcp_port) as scene:
        login = await scene.browser.open("/login")
        scene.play = away
        page = await scene.browser.send(login, login.form("username"), typed)
        assert page.status == 503
        assert "four words of mine" not in page.html
        assert page.form("password").action == "/login"
        page = await scene.browser.send(login, login.form("username"), {**typed, TOKEN: "forged"})
        assert page.status == 403
        assert "four words of mine" not in page.html
        assert "/login" in page.links


@pytest.mark.parametrize(
    ("path", "status"),
    [("/login", 403), (f"/counter/mandates/{new_id()}/form/papers/x/files", 303)],
    ids=["login", "upload"],
)
async def test_a_form_from_elsewhere_changes_no_cookie(
    path: str, status: int, unused_tcp_port: int
) -> None:
    """It comes without the cookies; new ones in their place would end the login."""
    async with desk(play, unused_tcp_port) as scene:
        headers = {"sec-fetch-site": "cross-site"}
        async with scene.http.post(
            scene.url + path, data={"a": "b"}, headers=headers, allow_redirects=False
        ) as answer:
            assert (answer.status, "set-cookie" in answer.headers) == (status, False)
            assert "<form" not in await answer.text()


@pytest.mark.parametrize("secure", [False, True])
async def test_cookies_are_for_the_browser_and_this_host_only(
    secure: bool, unused_tcp_port: int
) -> None:
    """No script reads them, no other site sends them, and those of the portal have other names."""
    public_url = "https://desk.example" if secure else "http://desk.example"
    async with desk(play, unused_tcp_port, public_url=public_url) as scene:
        answer = await scene.http.get(f"{scene.url}/login")
    [cookie] = answer.headers.getall("set-cookie")
    assert cookie.startswith("__Host-desk-session=" if secure else "desk-session=")
    assert ("; Secure" in cookie) is secure
    assert "; Path=/; HttpOnly; SameSite=Lax" in cookie
