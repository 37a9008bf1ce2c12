"""Calls of the routes of issuance, as a citizen or as nobody."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request
from typing_extensions import override

from libs.clock import Clock
from libs.contracts.mandates import PRINTING_TYPE
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.opener.client import Opener
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.dpop import make_proof
from libs.web.callers.tokens import (
    ISSUER,
    MANDATE_AUDIENCE,
    Caller,
    Citizen,
    Mandated,
    TokenChecker,
    bearer_token,
    verify_mandate,
)
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import Routes
from services.issuance.checks import routes as checks
from services.issuance.counter import routes as counter
from services.issuance.downloads import routes as downloads
from services.issuance.drawing.drawer import Drawer
from services.issuance.keys import routes as keys
from services.issuance.settings import Settings
from tests.libs.web.running import Answer, app_with, ask
from tests.services.issuance.scenes import NOW, NUMBER, RAHIMA, SIGNER

IDENTITY_KEY = ECKey.generate_key("P-256", {"kid": "identity"})


class Tokens(TokenChecker):
    """Accepts the id of a citizen as a token, and tokens of mandates of the test's key."""

    @override
    async def check(self, request: Request) -> Caller:
        token = bearer_token(request)
        if not token:
            raise Refused("token_missing")
        return Citizen(UUID(token), frozenset({"citizen"}), new_id(), expires_at_s=inf)

    @override
    async def check_mandate(self, request: Request) -> Mandated:
        caller = verify_mandate(bearer_token(request, "dpop"), KeySet([IDENTITY_KEY]))
        caller.check_time(NOW.timestamp())
        return caller


class Uddokta:
    """An uddokta at a centre, with a device and the token for printing, as identity makes it."""

    def __init__(self, citizen_id: UUID = RAHIMA, number: str = NUMBER) -> None:
        self.key = ECKey.generate_key("P-256")
        self.uddokta_id, self.mandate_id = new_id(), new_id()
        self._claims = {
            "iss": ISSUER,
            "aud": MANDATE_AUDIENCE,
            "sub": str(citizen_id),
            "act": {"sub": str(self.uddokta_id)},
            "sid": str(new_id()),
            "cnf": {"jkt": self.key.thumbprint()},
            "iat": int(NOW.timestamp()),
            "exp": int(NOW.timestamp()) + 900,
        }
        self.allowed: dict[str, Any] = {
            "type": PRINTING_TYPE,
            "tracking_number": number,
            "service_centre_name": {"bn": "গুলশান", "en": "Gulshan"},
            "mandate_id": str(self.mandate_id),
            "public_service_id": "S005",
            "service_centre_id": "gulshan",
            "consent": "witness",
            "consented_at": NOW.isoformat(),
            "fee_bdt": 0,
            "charge_bdt": 30,
        }

    def headers(self, method: str, path: str, **changed: Any) -> dict[str, str]:
        """What goes with a request: the token, and a proof of the device."""
        header = {"alg": "ES256", "typ": "at+jwt", "kid": "identity"}
        claims = {**self._claims, "authorization_details": [self.allowed]}
        token = jwt.encode(header, claims, IDENTITY_KEY, algorithms=["ES256"])
        made = {"proof_id": str(new_id()), "now_s": NOW.timestamp(), "token": token, **changed}
        proof = make_proof(
            made.pop("key", self.key), method, Settings().gateway_origin + path, **made
        )
        return {"authorization": f"DPoP {token}", "dpop": proof}


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
        headers = {"authorization": f"Bearer {citizen_id}"} if citizen_id else {}
        return await self.call("GET", path, headers)

    async def call(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        """Send a request."""
        client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
        provided = [
            Tokens("http://127.0.0.1:9", client=client),
            self.database,
            Clock(lambda: self.now),
            SIGNER,
            SlowDrawer(self.while_drawing),
            Settings(),
        ]
        routes = Routes.joined(downloads.routes, checks.routes, keys.routes, counter.routes)
        app = app_with(*routes.bind("issuance", provided))
        return await ask(app, method, path, headers=headers)
