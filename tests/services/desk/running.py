"""A desk before a gateway that misbehaves as a test says."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from aiohttp import web

from libs.contracts.problems import PROBLEMS, TYPE_PREFIX
from libs.errors import FieldError
from libs.web.signed.seals import Seals
from services.desk.main import build
from services.desk.settings import Settings
from tests.libs.pages.running import SECRETS, Play, Scene, pages_running
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


def refused(code: str, errors: Sequence[FieldError] = ()) -> web.Response:
    """A problem as the API tells it, with the fields that are wrong."""
    text = PROBLEMS[code]
    problem = {
        "type": TYPE_PREFIX + code,
        "title": text.title.en,
        "status": text.status,
        "detail": text.detail.en,
        "trace_id": "0" * 32,
        "errors": [
            {"pointer": error.pointer, "code": error.code, "message": error.message_en}
            for error in errors
        ],
    }
    return web.json_response(problem, status=text.status, content_type="application/problem+json")


def idle_for(scene: Scene, idle_s: float) -> None:
    """Let time pass since the last page."""
    seals = Seals(Settings.model_validate(SECRETS).key_for("desk cookies"))
    session = seals.open(scene.browser.cookies["desk-session"], "session") or {}
    session["kept"]["seen_s"] -= idle_s
    scene.browser.cookies["desk-session"] = seals.seal(session, "session")
