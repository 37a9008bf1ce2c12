"""Log a person in for a client: find the next step, and give the code after the last one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.clients.parameters import OAuthError
from services.identity.clients.rules import Client
from services.identity.grants import use_cases as grants
from services.identity.openid.rules import LoginRequest, is_fresh
from services.identity.sessions import use_cases as sessions
from services.identity.sessions.rules import Session


@dataclass(frozen=True, slots=True)
class LoginNeeded:
    """The person has to log in."""


@dataclass(frozen=True, slots=True)
class ConsentNeeded:
    """The person has to consent."""


@dataclass(frozen=True, slots=True, repr=False)
class CodeIssued:
    """The login is complete; the client gets this code."""

    code: str


async def find_login(tx: Transaction, login_id: UUID | None, at: datetime) -> Session | None:
    """Return the open session of a browser, or None."""
    if login_id is None:
        return None
    try:
        return await sessions.read_open_session(tx, login_id, at)
    except Refused:
        return None


async def end_login(tx: Transaction, login_id: UUID | None, at: datetime) -> None:
    """End the session of a browser, if it has an open one, and announce it."""
    if login := await find_login(tx, login_id, at):
        await sessions.end_sessions(tx, login.subject_id, session_id=login.session_id)


async def advance(  # noqa: PLR0913
    tx: Transaction,
    request: LoginRequest,
    client: Client,
    login: Session | None,
    *,
    just_logged_in: bool,
    token_life_s: int,
    at: datetime,
) -> LoginNeeded | ConsentNeeded | CodeIssued:
    """Return the next step of a request, or the code.

    Args:
        tx: the open transaction.
        request: of the client.
        client: the client.
        login: the open session of the browser, if there is one.
        just_logged_in: whether the person need not be asked to log in again.
        token_life_s: seconds for which an access token is valid.
        at: the current time.

    Raises:
        OAuthError: something is needed, and the person may not be asked (`login_required`,
            `consent_required`).
    """
    scopes = request.code.scopes
    if login is None or not await _is_right_login(tx, request, client, login):
        if just_logged_in or not request.interactive:
            raise OAuthError("login_required", "the right person has to log in")
        return LoginNeeded()
    consented = await grants.has_consent(tx, login.subject_id, client.client_id, scopes)
    if request.asks_consent or not consented:
        if not request.interactive:
            raise OAuthError("consent_required", "the person has to consent")
        return ConsentNeeded()
    code = await grants.issue_code(tx, login, request.code, token_life_s=token_life_s, at=at)
    return CodeIssued(code)


async def _is_right_login(
    tx: Transaction, request: LoginRequest, client: Client, login: Session
) -> bool:
    """Return whether a login is recent enough, and of the person who is asked for."""
    if not is_fresh(login, request):
        return False
    subject = request.subject
    return subject is None or await grants.is_subject(tx, login.subject_id, client, subject)
