"""HTTP routes of identity: parse, call, answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.contracts.identity import (
    CodeSent,
    ExchangeCode,
    RefreshTokens,
    RequestCode,
    Tokens,
    UpdateProfile,
)
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.errors import Refused
from libs.messaging import outbox
from libs.telemetry.metrics import Metrics
from libs.web.body import read_body
from libs.web.language import language_of
from libs.web.responses import json_response
from services.identity import store
from services.identity.api.codes import CodeAsked, CodeShown
from services.identity.api.passwords import LogInWithPassword, Passwords
from services.identity.api.sessions import Refreshed, TokenShown
from services.identity.domain.addresses import Network, address_of
from services.identity.domain.codes import TooMany, read_code
from services.identity.domain.people import (
    changed,
    contact_event,
    profile_of,
    read_change,
    read_phone,
)
from services.identity.domain.sessions import RefreshToken, Session
from services.identity.keys import KeyRing

_NOT_KEPT: Final[Mapping[str, str]] = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Writes:
    """What opens and refreshes sessions: citizens' writes share transactions, officers' do not."""

    asking: GroupCommit[CodeAsked, datetime]
    showing: GroupCommit[CodeShown, Session]
    refreshing: GroupCommit[TokenShown, Refreshed]
    passwords: Passwords


@dataclass(frozen=True, slots=True)
class Answering:
    """What the settings say about answers.

    Args:
        code_valid_s: told to whoever asks for a code.
        access_token_s: told with each access token.
        key_set_cached_s: for how long others may keep the key set.
        trusted_proxies: whose `X-Forwarded-For` is believed.
    """

    code_valid_s: int
    access_token_s: int
    key_set_cached_s: int
    trusted_proxies: tuple[Network, ...]


class Api:
    """The routes of identity.

    Args:
        database: where profiles are read and changed.
        writes: the shared writes.
        keys: signs and checks access tokens.
        answering: what the settings say.
        metrics: counts who was turned away.
    """

    def __init__(
        self,
        database: Database,
        writes: Writes,
        keys: KeyRing,
        answering: Answering,
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._writes = writes
        self._keys = keys
        self._answering = answering
        self._metrics = metrics

    def routes(self) -> list[Route]:
        """Every route, for `make_app`."""
        return [
            Route("/v1/login/codes", self.request_code, methods=["POST"]),
            Route("/v1/login/tokens", self.exchange_code, methods=["POST"]),
            Route("/v1/login/passwords", self.log_in_with_password, methods=["POST"]),
            Route("/v1/login/refresh", self.refresh_tokens, methods=["POST"]),
            Route("/v1/logout", self.log_out, methods=["POST"]),
            Route("/v1/me", self.read_profile, methods=["GET"]),
            Route("/v1/me", self.update_profile, methods=["PATCH"]),
            Route("/.well-known/jwks.json", self.key_set, methods=["GET"]),
        ]

    async def request_code(self, request: Request) -> Response:
        """Send a one-time code; the answer is the same whether the number is known or not.

        Raises:
            TooMany: the phone or the address asked too often.
        """
        body = await read_body(request, RequestCode)
        asked = CodeAsked(read_phone(body.phone), self._address(request), language_of(request))
        try:
            await self._writes.asking.submit(asked)
        except TooMany as refusal:
            self._metrics.count("rate_limited", limit=refusal.code)
            raise
        return json_response(CodeSent(expires_in_s=self._answering.code_valid_s), 202, _NOT_KEPT)

    async def exchange_code(self, request: Request) -> Response:
        """Open a session with a one-time code."""
        body = await read_body(request, ExchangeCode)
        phone, code = read_phone(body.phone), read_code(body.code)
        self._keys.check_ready()
        shown = CodeShown(phone, code, language_of(request))
        session = await self._writes.showing.submit(shown)
        return self._tokens(session, shown.token)

    async def log_in_with_password(self, request: Request) -> Response:
        """Open a session for an officer or operator."""
        body = await read_body(request, LogInWithPassword)
        self._keys.check_ready()
        return self._tokens(*await self._writes.passwords.log_in(body))

    async def refresh_tokens(self, request: Request) -> Response:
        """Replace a refresh token, with a fresh access token."""
        body = await read_body(request, RefreshTokens)
        token = RefreshToken.read(body.refresh_token)
        self._keys.check_ready()
        refreshed = await self._writes.refreshing.submit(TokenShown(token))
        return self._tokens(refreshed.session, refreshed.token)

    async def log_out(self, request: Request) -> Response:
        """End the session of the token shown; harmless when it has ended already."""
        caller = self._keys.check(request)
        async with self._database.transaction() as tx:
            await store.end_sessions(tx, caller.citizen_id, session_id=caller.session_id)
        return Response(status_code=204)

    async def read_profile(self, request: Request) -> Response:
        """Show citizens what we know of them.

        Raises:
            Refused: an officer asks, of whom no profile is kept.
        """
        caller = self._keys.check(request)
        async with self._database.transaction() as tx:
            citizen = await store.read_citizen(tx, caller.citizen_id)
        if citizen is None:
            raise Refused("not_found")
        return json_response(profile_of(citizen, caller.roles), headers=_NOT_KEPT)

    async def update_profile(self, request: Request) -> Response:
        """Change what is given, and tell those who write to the citizen.

        Raises:
            Refused: an officer asks, of whom no profile is kept.
        """
        caller = self._keys.check(request)
        change = read_change(await read_body(request, UpdateProfile))
        async with self._database.transaction() as tx:
            before = await store.lock_citizen(tx, caller.citizen_id)
            if before is None:
                raise Refused("not_found")
            citizen = changed(before, change)
            await store.save_citizen(tx, citizen)
            if citizen.language != before.language:
                await outbox.add(tx, [contact_event(citizen)])
        return json_response(profile_of(citizen, caller.roles), headers=_NOT_KEPT)

    async def key_set(self, _: Request) -> Response:
        """Show the public keys that access tokens are checked with."""
        kept_s = self._answering.key_set_cached_s
        return Response(
            orjson.dumps(self._keys.key_set()),
            media_type="application/jwk-set+json",
            headers={"cache-control": f"public, max-age={kept_s}"},
        )

    def _tokens(self, session: Session, token: RefreshToken) -> Response:
        tokens = Tokens(
            access_token=self._keys.sign(session.subject_id, session.session_id, session.roles),
            refresh_token=token.text(),
            expires_in_s=self._answering.access_token_s,
        )
        return json_response(tokens, headers=_NOT_KEPT)

    def _address(self, request: Request) -> str:
        peer = request.client.host if request.client else ""
        forwarded_for = ",".join(request.headers.getlist("x-forwarded-for"))
        return address_of(peer, forwarded_for, self._answering.trusted_proxies)
