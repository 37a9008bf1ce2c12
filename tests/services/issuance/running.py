"""Calls of the routes of issuance, as a citizen or as nobody."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any
from uuid import UUID

from starlette.requests import Request
from typing_extensions import override

from libs.clock import Clock
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.opener.client import Opener
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import Caller, Citizen, TokenChecker, bearer_token
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import Routes
from services.issuance.checks import routes as checks
from services.issuance.downloads import routes as downloads
from services.issuance.drawing.drawer import Drawer
from services.issuance.keys import routes as keys
from services.issuance.settings import Settings
from tests.libs.web.running import Answer, app_with, ask
from tests.services.issuance.scenes import NOW, SIGNER


class Tokens(TokenChecker):
    """Accepts the id of a citizen as a token."""

    @override
    async def check(self, request: Request) -> Caller:
        token = bearer_token(request)
        if not token:
            raise Refused("token_missing")
        return Citizen(UUID(token), frozenset({"citizen"}), new_id(), expires_at_s=inf)


class SlowDrawer(Drawer):
    """Lets something happen while it draws."""

    def __init__(self, happens: Callable[[], Awaitable[None]]) -> None:
        super().__init__(Opener(), at_once=2, wait_s=60)
        self._happens = happens

    @override
    async def draw(self, drawing: Mapping[str, Any], citizen_id: UUID) -> bytes:
        await self._happens()
        return await super().draw(drawing, citizen_id)


async def _nothing() -> None:
    return None


@dataclass
class Api:
    """Calls the routes.

    Args:
        database: of issuance.
        while_drawing: happens before a paper is drawn.
        now: the time.
    """

    database: Database
    while_drawing: Callable[[], Awaitable[None]] = _nothing
    now: datetime = NOW

    async def get(self, path: str, citizen_id: UUID | None = None) -> Answer:
        """Read something, as a citizen or as nobody."""
        client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
        provided = [
            Tokens("http://127.0.0.1:9", client=client),
            self.database,
            Clock(lambda: self.now),
            SIGNER,
            SlowDrawer(self.while_drawing),
            Settings(),
        ]
        routes = Routes.joined(downloads.routes, checks.routes, keys.routes)
        app = app_with(*routes.bind("issuance", provided))
        headers = {"authorization": f"Bearer {citizen_id}"} if citizen_id else {}
        return await ask(app, "GET", path, headers=headers)
