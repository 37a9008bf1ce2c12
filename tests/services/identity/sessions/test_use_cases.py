import asyncio
from datetime import UTC, datetime, timedelta

from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from services.identity.sessions.rules import RefreshToken, Session, SessionPolicy, open_session
from services.identity.sessions.use_cases import (
    RefreshedSession,
    RefreshRequest,
    add_sessions,
    end_sessions,
    refresh_sessions,
)

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
POLICY = SessionPolicy(idle_s=3600, absolute_s=7200, grace_s=60)
TOKEN = RefreshToken(b"f" * 16, b"s" * 32)


async def opened(database: Database, token: RefreshToken = TOKEN) -> Session:
    session = open_session(new_id(), new_id(), ("citizen",), token, POLICY, NOW)
    async with database.transaction() as tx:
        await add_sessions(tx, [session])
    return session


async def refresh(
    database: Database, *tokens: RefreshToken, moment: datetime = NOW
) -> list[RefreshedSession | Exception]:
    async with database.transaction() as tx:
        requests = [RefreshRequest(token) for token in tokens]
        return await refresh_sessions(tx, requests, POLICY, moment)


async def test_two_windows_that_refresh_at_once_get_the_same_token(database: Database) -> None:
    """Concurrent refreshes, in a group or on two replicas, give the same successor."""
    await opened(database)
    first, second = await refresh(database, TOKEN, TOKEN)
    assert isinstance(first, RefreshedSession)
    assert isinstance(second, RefreshedSession)
    ((third,), (fourth,)) = await asyncio.gather(refresh(database, TOKEN), refresh(database, TOKEN))
    assert isinstance(third, RefreshedSession)
    assert isinstance(fourth, RefreshedSession)
    assert len({one.token.text() for one in (first, second, third, fourth)}) == 1


async def test_a_reused_token_ends_its_session_for_good(database: Database) -> None:
    """A reuse ends the session for later requests too."""
    await opened(database)
    (following,) = await refresh(database, TOKEN)
    (reused,) = await refresh(database, TOKEN, moment=NOW + timedelta(seconds=61))
    assert isinstance(following, RefreshedSession)
    assert isinstance(reused, Refused)
    (after,) = await refresh(database, following.token, moment=NOW + timedelta(seconds=62))
    assert isinstance(after, Refused)
    assert (reused.code, after.code) == ("session_ended", "session_ended")


async def test_a_refused_token_ends_its_own_session_only(database: Database) -> None:
    """Other sessions of the group are refreshed."""
    await opened(database)
    other = RefreshToken(b"g" * 16, b"t" * 32)
    await opened(database, other)
    forged = RefreshToken(TOKEN.family, b"x" * 32)
    unknown = RefreshToken(b"h" * 16, b"u" * 32)
    ended, going_on, foreign = await refresh(database, forged, other, unknown)
    assert isinstance(ended, Refused)
    assert isinstance(going_on, RefreshedSession)
    assert isinstance(foreign, Refused)
    assert (ended.code, foreign.code) == ("session_ended", "refresh_token_invalid")


def test_no_repr_shows_a_token() -> None:
    """A traceback shows no refresh token."""
    assert repr(TOKEN.secret) not in repr(RefreshRequest(TOKEN))


async def test_one_session_ends_or_all_of_a_person(database: Database) -> None:
    """A logout ends its own session, and only for its owner; a new password ends all."""
    session = await opened(database)
    async with database.transaction() as tx:
        await end_sessions(tx, new_id(), session_id=session.session_id)
    (going_on,) = await refresh(database, TOKEN)
    assert isinstance(going_on, RefreshedSession)
    async with database.transaction() as tx:
        await end_sessions(tx, session.subject_id)
    (ended,) = await refresh(database, going_on.token)
    assert isinstance(ended, Refused)
