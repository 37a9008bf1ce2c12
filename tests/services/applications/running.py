"""A client that calls the routes of applications with a real database."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any
from uuid import UUID

import orjson
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request
from starlette.types import ASGIApp
from typing_extensions import override

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.contracts.documents import Receipt
from libs.contracts.events import Event
from libs.contracts.offices import Post
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.journeys.part import Journeys
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import (
    Caller,
    Citizen,
    Mandated,
    Staff,
    TokenChecker,
    bearer_token,
    verify_mandate,
)
from libs.web.callers.used_proofs import ProofGroup, use_proofs
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import DeclaredRoute
from operations.declarations import routes_of
from services.applications.journeys.use_cases import read_own_part
from services.applications.lifecycle import consumers
from services.applications.ministry_status.cache import MinistryStatuses
from services.applications.public_services.cache import PublicServiceCache
from services.applications.receipts import Receipts
from services.applications.settings import Settings
from services.applications.submissions.use_cases import submit_batch
from tests.consuming import consuming
from tests.libs.web.running import Answer, app_with, ask
from tests.services.applications.scenes import (
    KARIM,
    NOW,
    PAPER,
    RAHIM,
    RAHIMA,
    SELIM,
    filled_cache,
    receipt,
    submission_body,
)

_CITIZENS: Mapping[str, UUID] = {"rahima": RAHIMA, "karim": KARIM}
ORIGIN = "https://api.example"
MANDATE_SIGNING_KEY = ECKey.generate_key("P-256", {"kid": "mandates"})
MANDATE_KEYS = KeySet([MANDATE_SIGNING_KEY])
_UDDOKTAS: Mapping[str, UUID] = {"rahim": RAHIM, "selim": SELIM}
OPERATOR = UUID("0190bbbb-0000-7000-8000-000000000003")


class KnownTokens(TokenChecker):
    """Accepts names as tokens of citizens and uddoktas, and signed tokens of mandates.

    `operator` is one who has just logged in; `focal_lgd` is the focal point of that body.
    """

    @override
    async def check(self, request: Request) -> Caller:
        name = bearer_token(request)
        if name == "operator":
            roles = frozenset({"operator"})
            return Staff(OPERATOR, roles, OPERATOR, expires_at_s=inf, authenticated_at_s=inf)
        if name.startswith("focal_"):
            post = Post(name.removeprefix("focal_"))
            roles = frozenset({"focal_point"})
            return Staff(OPERATOR, roles, OPERATOR, expires_at_s=inf, post=post)
        if name in _UDDOKTAS:
            return Staff(_UDDOKTAS[name], frozenset({"uddokta"}), new_id(), expires_at_s=0)
        citizen_id = _CITIZENS.get(name)
        if citizen_id is None:
            raise Refused("token_invalid")
        return Citizen(citizen_id, frozenset({"citizen"}), citizen_id, expires_at_s=0)

    @override
    async def check_mandate(self, request: Request) -> Mandated:
        caller = verify_mandate(bearer_token(request, "dpop"), MANDATE_KEYS)
        caller.check_time(NOW.timestamp())
        return caller


class KnownReceipts(Receipts):
    """Takes a citizen's name as the receipt of that citizen's paper.

    After a blank it may have the mandate with which an uddokta uploaded it.
    """

    @override
    async def read(self, receipts: Iterable[str]) -> dict[UUID, Receipt]:
        read = {}
        for each in receipts:
            name, _, mandate_id = each.partition(" ")
            mandate = UUID(mandate_id) if mandate_id else None
            read[PAPER.document_id] = receipt(_CITIZENS[name], mandate_id=mandate)
        return read


@dataclass
class Api:
    """A client of the routes.

    Args:
        app: the ASGI application with the routes.
        database: the database of the routes.
        cache: the public services of the routes.
        statuses: how ministries' systems do.
        now: the current time of the routes.
    """

    app: ASGIApp
    database: Database
    cache: PublicServiceCache
    statuses: MinistryStatuses
    now: datetime = NOW

    async def submit(self, key: str = "first-click", who: str = "rahima", **fields: Any) -> Answer:
        """Submit an application."""
        body = submission_body(**{"documents": [who], **fields})
        return await self.post("/v1/applications", body, who=who, key=key)

    async def get(self, path: str, who: str = "rahima") -> Answer:
        """Send a GET request."""
        return await ask(self.app, "GET", path, headers={"authorization": f"Bearer {who}"})

    async def post(
        self, path: str, body: Any = None, *, who: str = "rahima", key: str | None = None
    ) -> Answer:
        """Send a POST request, with an Idempotency-Key if there is one."""
        headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
        if key is not None:
            headers["idempotency-key"] = key
        raw = b"" if body is None else orjson.dumps(body)
        return await self.send("POST", path, raw, headers)

    async def send(self, method: str, path: str, raw: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request with a raw body."""
        return await ask(self.app, method, path, headers=headers, chunks=[raw])

    async def consume(self, *events: Event) -> None:
        """Consume events of ministries."""
        async with (
            self.database.transaction() as tx,
            consuming(consumers.router, tx) as consume,
        ):
            await consume(*events)


@asynccontextmanager
async def running_api(
    database: Database, cache: PublicServiceCache | None = None
) -> AsyncIterator[Api]:
    """Run the group commit of the routes; yield a client."""
    cache, stop = cache or filled_cache(), asyncio.Event()
    group = GroupCommit("submit", database, submit_batch)
    proofs = ProofGroup("proofs", database, lambda tx, items: use_proofs(tx, items, api.now))
    client = HttpClient("identity", tracing=Tracing("test"), metrics=Metrics("test"))
    tokens = KnownTokens("http://127.0.0.1:9", client=client)
    receipts = KnownReceipts("http://127.0.0.1:9", tracing=Tracing("test"), metrics=Metrics("test"))
    statuses = MinistryStatuses()
    provided = [
        tokens,
        receipts,
        cache,
        statuses,
        group,
        proofs,
        Journeys("applications", read_own_part),
        database,
        Settings(gateway_origin=ORIGIN),
        Clock(lambda: api.now),
        TrustedProxies.parse("127.0.0.0/8"),
    ]
    declared = routes_of("services.applications")
    routes = [DeclaredRoute(route, "applications", provided) for route in declared]
    api = Api(app_with(*routes), database, cache, statuses)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(group.run(stop))
        tasks.create_task(proofs.run(stop))
        try:
            yield api
        finally:
            stop.set()
