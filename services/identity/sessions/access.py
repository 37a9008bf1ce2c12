"""Callers of identity: a valid access token whose session is open in the database."""

from starlette.requests import Request
from typing_extensions import override

from libs.clock import Clock
from libs.database.pool import Database
from libs.web.callers.tokens import AccessTokens, Caller, bearer_token, note_caller
from services.identity.sessions import use_cases
from services.identity.signing_keys.key_ring import KeyRing


class SessionTokens(AccessTokens):
    """Checks access tokens, and that their session goes on; needs no event to know it has ended.

    Args:
        keys: verifies tokens.
        database: has the sessions.
        clock: the current time.
    """

    def __init__(self, keys: KeyRing, database: Database, clock: Clock) -> None:
        self._keys = keys
        self._database = database
        self._clock = clock

    @override
    def now_s(self) -> float:
        """The time of the clock."""
        return self._clock.now().timestamp()

    @override
    def check_session(self, caller: Caller) -> None:
        """Do nothing: identity has no answers that take long."""

    @override
    async def check(self, request: Request) -> Caller:
        """Return the caller of a request.

        Raises:
            Refused: the token is missing, invalid or expired, or its session has ended.
            Unavailable: the database does not answer, or has no signing key yet.
        """
        caller = self._keys.verify(bearer_token(request))
        note_caller(request, caller)
        async with self._database.transaction() as tx:
            await use_cases.read_open_session(tx, caller.session_id, self._clock.now())
        return caller
