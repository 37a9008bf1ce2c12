import asyncio
from datetime import UTC, datetime, timedelta

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity.sessions.rules import RefreshToken, Session, SessionPolicy, open_session
from services.identity.sessions.use_cases import add_sessions, end_sessions, refresh_sessions

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
POLICY = SessionPolicy(idle_s=3600, absolute_s=7200, grace_s=60)
TOKEN = RefreshToken(b"f" * 16, b"s" * 32)


async def opened(database: Database, token: RefreshToken = TOKEN) -> Session:
    session = open_session(new_id(), new_id(), ("citizen",), token, POLICY, NOW)
    async with database.transaction() as tx:
        await add_sessions(tx, [session])
    return session


async def refresh(
    database: Database, *tokens: RefreshToken, at: datetime = NOW
) -> list[RefreshToken | str]:
    """Refresh tokens; return the successor or the problem of each one."""
    async with database.transaction() as tx:
        results = await refresh_sessions(tx, tokens, POLICY, at)
    return [
        result[1] if isinstance(result, tuple) else str(getattr(result, "code", result))
        for result in results
    ]


async def successor_of(database: Database, token: RefreshToken) -> RefreshToken:
    (successor,) = await refresh(database, token)
    assert isinstance(successor, RefreshToken)
    return successor


async def test_two_windows_that_refresh_at_once_get_the_same_token(database: Database) -> None:
    """Concurrent refreshes, in a group or on two replicas, give the same successor."""
    await opened(database)
    first, second = await refresh(database, TOKEN, TOKEN)
    others = await asyncio.gather(successor_of(database, TOKEN), successor_of(database, TOKEN))
    assert [first, second, *others] == [await successor_of(database, TOKEN)] * 4


async def test_a_reused_token_ends_its_session(database: Database) -> None:
    """After a reuse, the newest token of the session is refused as well."""
    await opened(database)
    successor = await successor_of(database, TOKEN)
    for token, seconds in ((TOKEN, 61), (successor, 62)):
        at = NOW + timedelta(seconds=seconds)
        assert await refresh(database, token, at=at) == ["session_ended"]


async def test_the_end_of_a_session_is_announced_once(tx: Transaction) -> None:
    """By a reused token, by its owner, or both: services hear of it once."""
    session = open_session(new_id(), new_id(), ("citizen",), TOKEN, POLICY, NOW)
    await add_sessions(tx, [session])
    await refresh_sessions(tx, [TOKEN], POLICY, NOW)
    for seconds in (61, 62):
        await refresh_sessions(tx, [TOKEN], POLICY, NOW + timedelta(seconds=seconds))
    await end_sessions(tx, session.subject_id)
    keys = [row["record_key"] for row in await tx.fetch("SELECT record_key FROM outbox")]
    assert keys == [str(session.session_id).encode()]


async def test_a_refused_token_ends_its_own_session_only(database: Database) -> None:
    """The other sessions of the group are refreshed."""
    await opened(database)
    other = RefreshToken(b"g" * 16, b"t" * 32)
    await opened(database, other)
    forged = RefreshToken(TOKEN.family, b"x" * 32)
    unknown = RefreshToken(b"h" * 16, b"u" * 32)
    ended, refreshed, refused = await refresh(database, forged, other, unknown)
    assert isinstance(refreshed, RefreshToken)
    assert (ended, refused) == ("session_ended", "refresh_token_invalid")


async def test_one_session_ends_or_all_of_a_person(database: Database) -> None:
    """Only the owner can end a session; all sessions of a person can be ended together."""
    session = await opened(database)
    async with database.transaction() as tx:
        await end_sessions(tx, new_id(), session_id=session.session_id)
    successor = await successor_of(database, TOKEN)
    async with database.transaction() as tx:
        await end_sessions(tx, session.subject_id)
    assert await refresh(database, successor) == ["session_ended"]
