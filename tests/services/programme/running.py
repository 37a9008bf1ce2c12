"""Calls of the programme's routes, as somebody in a role."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp
from typing_extensions import override

from libs.clock import Clock
from libs.contracts.offices import Post
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import NAMESPACE, derived_id, new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import Caller, Citizen, Staff, TokenChecker, bearer_token
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import Routes
from services.programme.bodies import routes as bodies
from services.programme.bodies.overview import Overview
from services.programme.extensions import routes as extensions
from services.programme.figures import routes as figures
from services.programme.figures.latest import Latest
from services.programme.focal_points import routes as focal_points
from services.programme.infrastructure import routes as infrastructure
from services.programme.pilot import routes as pilot
from services.programme.progress import routes as progress
from services.programme.questions import routes as questions
from services.programme.reminders import routes as reminders
from services.programme.rollout import routes as rollout
from services.programme.seats import routes as seats
from services.programme.seats.use_cases import LatestSeats
from services.programme.snapshots import routes as snapshots
from services.programme.stuck import routes as stuck
from services.programme.training import routes as training
from services.programme.vendors import routes as vendors
from services.programme.workshops import routes as workshops
from tests.libs.web.running import Answer, app_with, ask

NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)
ROUTES = (
    bodies.routes,
    figures.routes,
    focal_points.routes,
    extensions.routes,
    questions.routes,
    vendors.routes,
    workshops.routes,
    reminders.routes,
    snapshots.routes,
    progress.routes,
    training.routes,
    infrastructure.routes,
    pilot.routes,
    rollout.routes,
    stuck.routes,
    seats.routes,
)


def account_of(name: str) -> UUID:
    """The account of a person in these tests."""
    return derived_id(NAMESPACE, f"test/{name}")


class Tokens(TokenChecker):
    """Accepts `name role [ministry or district] [office]` as a token of a new login."""

    @override
    async def check(self, request: Request) -> Caller:
        name, *said = (bearer_token(request) or "").split()
        if said == ["citizen"]:
            return Citizen(new_id(), frozenset(said), new_id(), expires_at_s=inf)
        if not said:
            raise Refused("token_invalid")
        roles, place = frozenset(said[:1]), said[1] if len(said) > 1 else None
        office = said[2] if len(said) > 2 else None
        is_of_district = roles == {"district_staff"}
        return Staff(
            account_of(name),
            roles,
            new_id(),
            expires_at_s=inf,
            authenticated_at_s=inf,
            post=Post(place, office) if place and not is_of_district else None,
            district=place if is_of_district else None,
        )


@dataclass
class Api:
    """Calls the routes as Salma of the programme, unless told otherwise."""

    database: Database
    now: datetime = NOW
    provides: Sequence[object] = field(
        default_factory=lambda: [Overview(), Latest(), LatestSeats()]
    )

    def app(self) -> ASGIApp:
        """The routes, served."""
        client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
        tokens = Tokens("http://127.0.0.1:9", client=client)
        provided = [tokens, self.database, Clock(lambda: self.now), *self.provides]
        return app_with(*Routes.joined(*ROUTES).bind("programme", provided))

    async def call(
        self, method: str, path: str, body: Any = None, *, who: str = "salma programme"
    ) -> Answer:
        headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
        chunks = [] if body is None else [orjson.dumps(body)]
        return await ask(self.app(), method, path, headers=headers, chunks=chunks)
