"""A portal before a gateway that misbehaves as a test says."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from libs.contracts.applications import DraftView
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
NEW, OLD = str(new_id()), str(new_id())
"""Two helpers of a citizen."""


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
    elif request.path in {"/v1/drafts", "/v1/sessions"}:
        body = '{"items":[]}'
    elif request.path.startswith("/v1/drafts/"):
        return not_there("draft_unknown")
    elif request.path == "/v1/me/erasure":
        return not_there("erasure_not_requested")
    else:
        return web.Response(status=503)
    return web.Response(text=body, content_type="application/json")


def not_there(code: str) -> web.Response:
    """The answer about what there is none of."""
    problem = {"type": f"/problems/{code}", "title": "x", "status": 404, "detail": "x"}
    return web.json_response(problem, status=404, content_type="application/problem+json")


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


def draft(
    draft_id: str, revision: int = 1, version: int = 1, of: str = "S002", **typed: str
) -> web.Response:
    """A stored draft, of the common form unless of another."""
    view = DraftView(
        draft_id=UUID(draft_id),
        public_service_id=of,
        public_service_name=service(of).name,
        form_version=version,
        revision=revision,
        saved_at=AT,
        kept_until=AT,
        answers={"typed": typed, "seen": ["person", "contact"]},
    )
    return web.json_response(text=view.model_dump_json())


def draft_changed() -> web.Response:
    """The refusal of a draft that another window has changed."""
    problem = {"type": "/problems/draft_changed", "title": "", "detail": "", "status": 409}
    return web.json_response(problem, status=409)


@dataclass
class Stored:
    """A gateway with one draft that several windows change.

    Args:
        answers: of the draft; None before it is stored.
        revision: of the draft.
        sent: how often it was sent.
        of: its public service.
    """

    answers: dict[str, Any] | None = None
    revision: int = 0
    sent: int = 0
    of: str = "S002"

    async def play(self, request: web.BaseRequest) -> web.Response:
        """Answer a request of the portal."""
        if request.path.endswith("/checks"):
            return web.json_response({"errors": []})
        if (request.method, request.path) == ("POST", "/v1/applications"):
            self.sent += 1
            return web.Response(status=503)
        if not request.path.startswith("/v1/drafts/"):
            return await well(request)
        draft_id = request.path.split("/")[3]
        if request.method == "POST":
            body = json.loads(await request.read())
            if body["revision"] != self.revision:
                return draft_changed()
            self.answers, self.revision = body["answers"], self.revision + 1
        if self.answers is None:
            return await well(request)
        version = service(self.of).form_version
        return draft(draft_id, self.revision, version, self.of, **self.answers["typed"])

    @property
    def typed(self) -> dict[str, str]:
        """What is stored."""
        typed: dict[str, str] = (self.answers or {})["typed"]
        return typed


def mandate(mandate_id: str) -> dict[str, Any]:
    """A mandate as the API shows it."""
    name = {"bn": "জন্ম নিবন্ধন", "en": "Birth registration"}
    return {
        "mandate_id": mandate_id,
        "state": "used",
        "public_service_id": "S001",
        "public_service_name": name,
        "service_centre_id": "uttara",
        "service_centre_name": name,
        "helper": name,
        "consent": "own_phone",
        "phone": "*",
        "fee_bdt": 50,
        "charge_bdt": 30,
        "total_bdt": 80,
        "cap_bdt": 50,
        "requested_at": "2026-11-27T00:00:00Z",
        "expires_at": "2026-11-27T02:00:00Z",
        "sends_left": 0,
    }
