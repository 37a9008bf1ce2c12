"""Add, refresh and end sessions, delete expired ones; make their tokens."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

import structlog

from libs.contracts.identity import Tokens
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.sessions import queries
from services.identity.sessions.rules import (
    FAMILY_BYTES,
    SECRET_BYTES,
    RefreshToken,
    Session,
    SessionPolicy,
    refresh_session,
)
from services.identity.signing_keys.key_ring import KeyRing

_ROWS_PER_CLEANUP: Final = 1_000  # so that no transaction is long

RefreshedSession: TypeAlias = tuple[Session, RefreshToken]

log = structlog.get_logger()


def new_refresh_token() -> RefreshToken:
    """Return a random first refresh token of a session."""
    return RefreshToken(secrets.token_bytes(FAMILY_BYTES), secrets.token_bytes(SECRET_BYTES))


def make_tokens(keys: KeyRing, session: Session, token: RefreshToken) -> Tokens:
    """Return a new access token together with the refresh token of a session.

    Raises:
        Unavailable: there is no signing key yet.
    """
    return Tokens(
        access_token=keys.sign(session.subject_id, session.session_id, session.roles),
        refresh_token=token.text(),
        expires_in_s=keys.policy.token_life_s,
    )


async def add_sessions(tx: Transaction, sessions: Sequence[Session]) -> None:
    """Store new sessions."""
    await queries.insert_sessions(tx, sessions)


async def refresh_sessions(
    tx: Transaction, tokens: Sequence[RefreshToken], policy: SessionPolicy, at: datetime
) -> list[RefreshedSession | Exception]:
    """Replace refresh tokens in one transaction; a reused old token ends its session.

    Returns one result per token, in order: the session and its new token, or Refused if the token
    is unknown or its session has ended.
    """
    sessions = await queries.lock_sessions(tx, {token.family_hash for token in tokens})
    results = [_refresh(sessions, token, policy, at) for token in tokens]
    await queries.save_sessions(tx, list(sessions.values()))
    return results


async def end_sessions(
    tx: Transaction, subject_id: UUID, *, session_id: UUID | None = None
) -> None:
    """End one session of a person, or all of them; a repeat changes nothing."""
    await queries.end_sessions(tx, subject_id, session_id=session_id)


async def delete_expired_sessions(tx: Transaction) -> int:
    """Delete a batch of expired sessions; return how many."""
    return await queries.delete_expired_sessions(tx, limit=_ROWS_PER_CLEANUP)


def _refresh(
    sessions: dict[bytes, Session], token: RefreshToken, policy: SessionPolicy, at: datetime
) -> RefreshedSession | Exception:
    """Refresh one session, and replace it in `sessions`."""
    session = sessions.get(token.family_hash)
    if session is None:
        return Refused("refresh_token_invalid")
    salt = secrets.token_bytes(SECRET_BYTES)
    try:
        session, successor = refresh_session(session, token, salt, policy, at)
    except Refused as refusal:
        return refusal
    sessions[token.family_hash] = session
    if successor is None:
        log.warning("session ended: refresh token reused", session_id=str(session.session_id))
        return Refused("session_ended")
    return session, successor
