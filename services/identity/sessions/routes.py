"""HTTP routes of sessions: refresh tokens, list and end sessions."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.identity import RefreshTokens, SessionList, SessionView, Tokens
from libs.database.group import GroupCommit
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Caller, Staff
from libs.web.handling.routes import Routes
from services.identity.sessions import use_cases
from services.identity.sessions.rules import RefreshToken
from services.identity.sessions.use_cases import RefreshedSession, make_tokens
from services.identity.signing_keys.key_ring import KeyRing

routes = Routes()
_NOT_STORED = {"cache-control": "no-store"}  # no cache may store tokens (RFC 6749, section 5.1)


class RefreshGroup(GroupCommit[RefreshToken, RefreshedSession]):
    """Refreshes that share a transaction."""


@routes.post(
    "/v1/login/refresh",
    headers=_NOT_STORED,
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
    """End my session; its tokens are refused at once."""
    await use_cases.end_sessions(tx, caller.subject_id, session_id=caller.session_id)


@routes.get("/v1/sessions")
async def list_sessions(caller: Caller, tx: Transaction, clock: Clock) -> SessionList:
    """List my sessions: where I am logged in."""
    sessions = await use_cases.list_sessions(tx, caller.subject_id, clock.now())
    return SessionList(
        items=[
            SessionView(
                session_id=session.session_id,
                opened_at=session.opened_at,
                refreshed_at=session.rotated_at,
                expires_at=session.expires_at,
                is_this=session.session_id == caller.session_id,
                browser=session.browser,
            )
            for session in sessions
        ]
    )


@routes.delete("/v1/sessions/{session_id}", problems=("recent_login_needed",))
async def end_session(session_id: UUID, caller: Caller, tx: Transaction, clock: Clock) -> None:
    """End one of my sessions; its tokens are refused at once. Staff need a recent login."""
    _check_recent_login(caller, clock)
    await use_cases.end_session_of(tx, caller.subject_id, session_id)


@routes.delete("/v1/sessions", problems=("recent_login_needed",))
async def end_all_sessions(caller: Caller, tx: Transaction, clock: Clock) -> None:
    """End all my sessions at once, this one too. Staff need a recent login."""
    _check_recent_login(caller, clock)
    await use_cases.end_sessions(tx, caller.subject_id)


def _check_recent_login(caller: Caller, clock: Clock) -> None:
    """Check that a person of our staff has just logged in (OWASP ASVS 5, 7.5.2).

    A citizen's only factor is the phone: who has lost it could not end its session otherwise.

    Raises:
        Refused: the login is longer ago (`recent_login_needed`).
    """
    if isinstance(caller, Staff):
        caller.check_recent_login(clock.now().timestamp())
