"""A desk before a gateway that misbehaves as a test says."""

from contextlib import AbstractAsyncContextManager

from services.desk.main import build
from services.desk.settings import Settings
from tests.libs.pages.running import Play, Scene, pages_running
from tools.virtual_users.pages import Page

PROOFS = {"username": "rahim", "password": "river lantern", "code": "123456"}


def desk(play: Play, port: int, **settings: str) -> AbstractAsyncContextManager[Scene]:
    """A running desk whose gateway answers like `play`."""
    return pages_running(build, Settings, play, port, **settings)


async def log_in(scene: Scene, username: str = "rahim", **more: str) -> Page:
    """Log a person of staff in; return the page that follows."""
    page = await scene.browser.open("/login")
    return await scene.browser.send(
        page, page.form("code"), {**PROOFS, "username": username, **more}
    )
