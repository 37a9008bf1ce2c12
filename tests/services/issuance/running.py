"""Calls of the routes of issuance, as a citizen or as nobody."""

from dataclasses import dataclass
from math import inf
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


@dataclass
class Api:
    """Calls the routes."""

    database: Database

    async def get(self, path: str, citizen_id: UUID | None = None) -> Answer:
        """Read something, as a citizen or as nobody."""
        client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
        provided = [
            Tokens("http://127.0.0.1:9", client=client),
            self.database,
            Clock(lambda: NOW),
            SIGNER,
            Drawer(Opener(), at_once=2, wait_s=60),
            Settings(),
        ]
        routes = Routes.joined(downloads.routes, checks.routes, keys.routes)
        app = app_with(*routes.bind("issuance", provided))
        headers = {"authorization": f"Bearer {citizen_id}"} if citizen_id else {}
        return await ask(app, "GET", path, headers=headers)
