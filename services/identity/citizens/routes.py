"""HTTP routes of a citizen's own profile."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.identity import UpdateProfile
from libs.database.pool import Database
from libs.web.body import read_body
from libs.web.responses import json_response
from services.identity.citizens import use_cases
from services.identity.citizens.rules import profile_of, read_change
from services.identity.signing_keys.key_ring import KeyRing

_NOT_STORED = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class CitizenRoutes:
    """Routes of a citizen's own profile."""

    database: Database
    keys: KeyRing

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/v1/me", self.read_profile, methods=["GET"]),
            Route("/v1/me", self.update_profile, methods=["PATCH"]),
        ]

    async def read_profile(self, request: Request) -> Response:
        """Show the citizen's profile."""
        caller = self.keys.check(request)
        async with self.database.transaction() as tx:
            citizen = await use_cases.read_citizen(tx, caller.citizen_id)
        return json_response(profile_of(citizen, caller.roles), headers=_NOT_STORED)

    async def update_profile(self, request: Request) -> Response:
        """Change the given fields of the profile."""
        caller = self.keys.check(request)
        change = read_change(await read_body(request, UpdateProfile))
        async with self.database.transaction() as tx:
            citizen = await use_cases.change_profile(tx, caller.citizen_id, change)
        return json_response(profile_of(citizen, caller.roles), headers=_NOT_STORED)
