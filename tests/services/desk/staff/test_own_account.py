"""The own account: where somebody is logged in, and an end to one of these logins."""

from datetime import UTC, datetime

from aiohttp import web

from libs.contracts.identity import SessionList, SessionView
from libs.ids import new_id
from tests.services.desk.running import desk, log_in, refused

AT = datetime(2026, 11, 1, 3, tzinfo=UTC)
THIS, OTHER = new_id(), new_id()
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36"


def login(*, is_this: bool, browser: str | None) -> SessionView:
    return SessionView(
        session_id=THIS if is_this else OTHER,
        opened_at=AT,
        refreshed_at=AT,
        expires_at=AT,
        is_this=is_this,
        browser=browser,
    )


LISTED = SessionList(
    items=[
        login(is_this=True, browser="Chrome, Windows"),
        login(is_this=False, browser="Opera Mini, Android"),
    ]
)


class Logins:
    """An API with two logins, of which one is ended by whoever logged in just before."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.is_recent = False

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.method, request.path:
            case "GET", _:
                left = [one for one in LISTED.items if str(one.session_id) not in self.ended]
                text = SessionList(items=left).model_dump_json()
                return web.Response(text=text, content_type="application/json")
            case "DELETE", _ if not self.is_recent:
                return refused("recent_login_needed")
            case "DELETE", path:
                self.ended.append(path.rpartition("/")[2])
                return web.Response(status=204)
            case _:
                tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
                return web.json_response({**tokens, "device_token": "d", "roles": ["officer"]})


async def test_a_person_sees_her_logins_and_ends_one(unused_tcp_port: int) -> None:
    """By browser, system and last day; this one is ended by logging out."""
    api = Logins()
    async with desk(api, unused_tcp_port) as scene:
        page = await log_in(scene)
        assert "/account" in page.links
        page = await scene.browser.open("/account")
        for shown in ("Chrome, Windows", "এই ব্রাউজার", "Opera Mini, Android", "১ নভেম্বর ২০২৬"):
            assert shown in page.text
        (ending,) = (form for form in page.forms if "/account/sessions/" in form.action)
        asked = await scene.browser.send(page, ending)
        api.is_recent = True
        page = await scene.browser.send(asked, asked.form("password"), {"password": "-"})
        page = await scene.browser.send(page, page.form(action=f"/account/sessions/{OTHER}"))
        assert page.path == "/account"
        assert "ওই লগইন শেষ হয়েছে" in page.text
        assert "Opera Mini" not in page.text
        assert "ওই লগইন শেষ হয়েছে" not in (await scene.browser.open("/account")).text
    assert api.ended == [str(OTHER)]


async def test_the_api_is_told_which_browser_logs_in(unused_tcp_port: int) -> None:
    """As the browser says it, so that the person knows it again in the list."""
    said: list[str] = []

    async def noting(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/staff/login":
            said.append(request.headers.get("user-agent", ""))
        return refused("staff_login_wrong")

    async with desk(noting, unused_tcp_port) as scene:
        page = await scene.browser.open("/login")
        form = page.form("code")
        cookies = "; ".join(f"{name}={value}" for name, value in scene.browser.cookies.items())
        for user_agent in (CHROME, "x" * 5_000):
            await scene.http.post(
                scene.url + form.action,
                data=form.fields,
                headers={"cookie": cookies, "user-agent": user_agent},
            )
    assert said == [CHROME, "x" * 300]
