"""HTTP routes of sessions: refresh tokens, log out."""

from libs.contracts.identity import RefreshTokens, Tokens
from libs.database.group import GroupCommit
from libs.database.transaction import Transaction
from libs.web.routes import Routes
from libs.web.tokens import Caller
from services.identity.sessions import use_cases
from services.identity.sessions.rules import RefreshToken
from services.identity.sessions.use_cases import RefreshedSession, make_tokens
from services.identity.signing_keys.key_ring import KeyRing

routes = Routes()


class RefreshGroup(GroupCommit[RefreshToken, RefreshedSession]):
    """Refreshes that share a transaction."""


@routes.post(
    "/v1/login/refresh",
    headers={"cache-control": "no-store"},  # no cache may store tokens (RFC 6749, section 5.1)
    problems=("refresh_token_invalid", "session_ended"),
    example={"refresh_token": "the-refresh-token-of-the-last-answer"},
)
async def refresh_tokens(body: RefreshTokens, refreshes: RefreshGroup, keys: KeyRing) -> Tokens:
    """Exchange a refresh token for new tokens."""
    token = RefreshToken.parse(body.refresh_token)
    keys.check_ready()
    session, successor = await refreshes.submit(token)
    return make_tokens(keys, session, successor)


@routes.post("/v1/logout")
async def log_out(caller: Caller, tx: Transaction) -> None:
    """End my session."""
    await use_cases.end_sessions(tx, caller.citizen_id, session_id=caller.session_id)
