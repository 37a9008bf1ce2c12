"""Add, list, refresh, confirm and end sessions, delete expired ones; make their tokens."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

import structlog

from libs.audit.queries import record_action
from libs.contracts.identity import SessionEnded, Tokens
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from services.identity.sessions import queries
from services.identity.sessions.rules import (
    FAMILY_BYTES,
    SECRET_BYTES,
    RefreshToken,
    Session,
    SessionPolicy,
    is_open,
    refresh_session,
)
from services.identity.signing_keys import use_cases as signing_keys
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
    access_token, life_s = make_access_token(keys, session)
    return Tokens(access_token=access_token, refresh_token=token.text(), expires_in_s=life_s)


def make_access_token(keys: KeyRing, session: Session) -> tuple[str, int]:
    """Return a new access token of a session, and the seconds for which it is valid.

    Raises:
        Unavailable: there is no signing key yet.
    """
    life_s = keys.token_life_s(session.absolute_expires_at)
    token = keys.sign(
        session.subject_id,
        session.session_id,
        session.roles,
        authenticated_at=session.authenticated_at,
        life_s=life_s,
        post=session.post,
        district=session.district,
    )
    return token, life_s


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
    ended = {session.session_id for session in sessions.values() if session.ended_at is not None}
    last_revocation = await signing_keys.last_revocation(tx)
    results = [_refresh(sessions, token, policy, at, last_revocation) for token in tokens]
    await queries.save_sessions(tx, list(sessions.values()))
    await _announce(
        tx,
        [session.session_id for session in sessions.values() if session.ended_at is not None],
        ended,
    )
    return results


async def list_sessions(tx: Transaction, subject_id: UUID, at: datetime) -> list[Session]:
    """Return the open sessions of a person, the newest first."""
    last_revocation = await signing_keys.last_revocation(tx)
    sessions = await queries.read_sessions_of(tx, subject_id)
    return [session for session in sessions if is_open(session, at, last_revocation)]


async def read_open_session(tx: Transaction, session_id: UUID, at: datetime) -> Session:
    """Return a session that goes on.

    Raises:
        Refused: it has ended or expired, or is unknown (`session_ended`).
    """
    session = await queries.read_session(tx, session_id)
    if session is None or not is_open(session, at, await signing_keys.last_revocation(tx)):
        raise Refused("session_ended")
    return session


async def confirm_session(tx: Transaction, session_id: UUID, at: datetime) -> Session:
    """Record that the person of a session has just proved again who it is.

    Raises:
        Refused: the session has ended (`session_ended`).
    """
    session = await read_open_session(tx, session_id, at)
    await queries.update_authentication(tx, session_id, at)
    return replace(session, authenticated_at=at)


async def end_sessions(
    tx: Transaction, subject_id: UUID, *, session_id: UUID | None = None
) -> None:
    """End one session of a person, or all of them, and announce it; a repeat changes nothing."""
    await _announce(tx, await queries.end_sessions(tx, subject_id, session_id=session_id))


async def end_open_session(tx: Transaction, subject_id: UUID, session_id: UUID) -> bool:
    """End a session of a person that has not ended, and announce it; return whether there was."""
    ended = await queries.end_sessions(tx, subject_id, session_id=session_id)
    await _announce(tx, ended)
    return bool(ended)


async def delete_sessions(tx: Transaction, subject_id: UUID) -> None:
    """Delete all sessions of a person whose account is closed; end and announce them before."""
    await queries.delete_sessions(tx, subject_id)


async def end_other_sessions(tx: Transaction, subject_id: UUID, session_id: UUID) -> None:
    """End all sessions of a person but one, and announce it."""
    for session in await queries.read_sessions_of(tx, subject_id):
        if session.session_id != session_id:
            await end_sessions(tx, subject_id, session_id=session.session_id)


async def end_session_of(tx: Transaction, subject_id: UUID, session_id: UUID) -> None:
    """End a session that its owner chose from the list; a repeat changes nothing.

    Raises:
        Refused: the person has no such session.
    """
    session = await queries.read_session(tx, session_id)
    if session is None or session.subject_id != subject_id:
        raise Refused("not_found")
    await end_sessions(tx, subject_id, session_id=session_id)


async def end_sessions_by_command(tx: Transaction, subject_id: UUID, *, by: str) -> None:
    """End all sessions of a person whose phone or password was stolen, with an audit entry."""
    await end_sessions(tx, subject_id)
    await record_action(tx, actor=by, action="end sessions", subject=str(subject_id))


async def read_devices_of(tx: Transaction, subject_id: UUID) -> set[str]:
    """Return the devices on which a person has logged in."""
    return await queries.read_devices_of(tx, subject_id)


async def count_people_on(tx: Transaction, devices: Collection[str], since: datetime) -> int:
    """Count the people who logged in on these devices since a time."""
    return await queries.count_people_on(tx, devices, since)


async def delete_expired_sessions(tx: Transaction) -> int:
    """Delete a batch of expired sessions; return how many."""
    return await queries.delete_expired_sessions(tx, limit=_ROWS_PER_CLEANUP)


async def _announce(tx: Transaction, ended: Sequence[UUID], before: Collection[UUID] = ()) -> None:
    await outbox.add(
        tx, [SessionEnded(revoked_id=session) for session in ended if session not in before]
    )


def _refresh(
    sessions: dict[bytes, Session],
    token: RefreshToken,
    policy: SessionPolicy,
    at: datetime,
    last_revocation: datetime | None,
) -> RefreshedSession | Exception:
    """Refresh one session, and replace it in `sessions`."""
    session = sessions.get(token.family_hash)
    if session is None:
        return Refused("refresh_token_invalid")
    salt = secrets.token_bytes(SECRET_BYTES)
    try:
        session, successor = refresh_session(session, token, salt, policy, at, last_revocation)
    except Refused as refusal:
        return refusal
    sessions[token.family_hash] = session
    if successor is None:
        log.warning("session ended: refresh token reused", session_id=str(session.session_id))
        return Refused("session_ended")
    return session, successor
