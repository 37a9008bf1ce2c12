"""HTTP routes of one-time codes: request one, and exchange it for tokens."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.identity import CodeSent, ExchangeCode, RequestCode
from libs.database.group import GroupCommit
from libs.telemetry.metrics import Metrics
from libs.web.body import read_body
from libs.web.language import language_of
from libs.web.responses import json_response
from services.identity.citizens.numbers import read_phone
from services.identity.codes.client_address import Network, client_address
from services.identity.codes.rules import TooManyCodes, read_code
from services.identity.codes.use_cases import CodeAttempt, CodeRequest
from services.identity.sessions.rules import Session
from services.identity.sessions.tokens import NOT_STORED, tokens_response
from services.identity.signing_keys.key_ring import KeyRing


@dataclass(frozen=True, slots=True)
class CodeRoutes:
    """Routes of one-time codes.

    Args:
        requests: group commit of code requests.
        attempts: group commit of code attempts.
        keys: signs access tokens.
        metrics: counts requests over a limit.
        code_valid_s: seconds for which a code is valid.
        trusted_proxies: networks whose `X-Forwarded-For` is believed.
    """

    requests: GroupCommit[CodeRequest, datetime]
    attempts: GroupCommit[CodeAttempt, Session]
    keys: KeyRing
    metrics: Metrics
    code_valid_s: int
    trusted_proxies: tuple[Network, ...]

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("/v1/login/codes", self.request_code, methods=["POST"]),
            Route("/v1/login/tokens", self.exchange_code, methods=["POST"]),
        ]

    async def request_code(self, request: Request) -> Response:
        """Send a one-time code; the answer does not tell whether the number is known.

        Raises:
            TooManyCodes: the phone or the address requested too many codes.
        """
        body = await read_body(request, RequestCode)
        wanted = CodeRequest(
            read_phone(body.phone), self._address_of(request), language_of(request)
        )
        try:
            await self.requests.submit(wanted)
        except TooManyCodes as refusal:
            self.metrics.count("rate_limited", limit=refusal.code)
            raise
        return json_response(CodeSent(expires_in_s=self.code_valid_s), 202, NOT_STORED)

    async def exchange_code(self, request: Request) -> Response:
        """Exchange a one-time code for an access token and a refresh token."""
        body = await read_body(request, ExchangeCode)
        attempt = CodeAttempt(read_phone(body.phone), read_code(body.code), language_of(request))
        self.keys.check_ready()
        session = await self.attempts.submit(attempt)
        return tokens_response(self.keys, session, attempt.token)

    def _address_of(self, request: Request) -> str:
        peer = request.client.host if request.client else ""
        forwarded_for = ",".join(request.headers.getlist("x-forwarded-for"))
        return client_address(peer, forwarded_for, self.trusted_proxies)
