"""A portal before a gateway that misbehaves as a test says."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from libs.contracts.catalogue import ServicesQuery
from libs.contracts.identity import CodeSent, LoginTokens
from libs.ids import new_id
from services.catalogue.public_services.service_index import ServiceIndex
from services.portal.main import build
from services.portal.settings import Settings
from tests.libs.pages.running import Play, Scene, pages_running
from tests.libs.pages.scenes import index, service

CITIZEN = str(new_id())
ANSWERS: Mapping[str, Any] = {
    "/v1/login/codes": CodeSent(expires_in_s=300),
    "/v1/login/tokens": LoginTokens(
        access_token="access", refresh_token="r" * 64, expires_in_s=900, device_token="device"
    ),
}
LISTS: Mapping[str, Callable[[ServiceIndex], BaseModel]] = {
    "/v1/categories": ServiceIndex.categories,
    "/v1/document-kinds": ServiceIndex.document_kinds,
    "/v1/life-events": ServiceIndex.life_events,
    "/v1/services": lambda one: one.list_services(ServicesQuery()),
}
PHONE = "01712345678"
AT = datetime(2026, 11, 27, tzinfo=UTC)


def portal(play: Play, port: int, **settings: str) -> AbstractAsyncContextManager[Scene]:
    """A running portal whose gateway answers like `play`."""
    return pages_running(build, Settings, play, port, **settings)


async def well(request: web.BaseRequest) -> web.Response:
    """A gateway as it should be, without drafts."""
    if request.path in ANSWERS:
        body = ANSWERS[request.path].model_dump_json()
    elif request.path in LISTS:
        body = LISTS[request.path](index()).model_dump_json()
    elif request.path == "/v1/me":
        me = {"citizen_id": CITIZEN, "phone": "*", "language": "bn", "roles": ["citizen"]}
        body = json.dumps(me)
    elif request.path.startswith("/v1/services/"):
        body = service(request.path.split("/")[3]).model_dump_json()
    elif request.path == "/v1/drafts":
        body = '{"items":[]}'
    elif request.path.startswith("/v1/drafts/"):
        problem = '{"type":"/problems/draft_unknown","title":"x","status":404,"detail":"x"}'
        return web.Response(status=404, text=problem, content_type="application/problem+json")
    else:
        return web.Response(status=503)
    return web.Response(text=body, content_type="application/json")


async def nonsense(request: web.BaseRequest) -> web.Response:
    """Something else at the address of the gateway."""
    return web.Response(text="<html>", content_type="text/html")


async def ended(request: web.BaseRequest) -> web.Response:
    """A gateway for which the session has ended."""
    return (
        web.Response(status=401) if request.path.startswith("/v1/drafts") else await well(request)
    )


async def logged_in(scene: Scene, path: str = "/apply/S002") -> Any:
    """Log in, and open a page."""
    page = await scene.browser.open(f"/login?next={path}")
    page = await scene.browser.send(page, page.form("phone"), {"phone": PHONE})
    return await scene.browser.send(page, page.form("code"), {"code": "123456"})
