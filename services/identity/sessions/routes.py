"""HTTP routes of sessions: refresh the tokens, log out."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.identity import RefreshTokens
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.web.body import read_body
from services.identity.sessions import use_cases
from services.identity.sessions.rules import RefreshToken
from services.identity.sessions.tokens import tokens_response
from services.identity.sessions.use_cases import RefreshedSession, RefreshRequest
from services.identity.signing_keys.key_ring import KeyRing


@dataclass(frozen=True, slots=True)
class SessionRoutes:
    """Routes of sessions.

    Args:
        database: where sessions are ended.
        refreshes: group commit of refresh requests.
        keys: signs and checks access tokens.
    """

    database: Database
    refreshes: GroupCommit[RefreshRequest, RefreshedSession]
    keys: KeyRing

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/v1/login/refresh", self.refresh_tokens, methods=["POST"]),
            Route("/v1/logout", self.log_out, methods=["POST"]),
        ]

    async def refresh_tokens(self, request: Request) -> Response:
        """Exchange a refresh token for a new access token and the next refresh token."""
        body = await read_body(request, RefreshTokens)
        token = RefreshToken.parse(body.refresh_token)
        self.keys.check_ready()
        refreshed = await self.refreshes.submit(RefreshRequest(token))
        return tokens_response(self.keys, refreshed.session, refreshed.token)

    async def log_out(self, request: Request) -> Response:
        """End the session of the access token; 204 also if it has ended already."""
        caller = self.keys.check(request)
        async with self.database.transaction() as tx:
            await use_cases.end_session(tx, caller.citizen_id, caller.session_id)
        return Response(status_code=204)
