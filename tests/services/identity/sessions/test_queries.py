from dataclasses import replace
from datetime import UTC, datetime, timedelta

from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity.sessions import queries
from services.identity.sessions.rules import RefreshToken, Session, SessionPolicy, open_session

NOW = datetime.now(UTC).replace(microsecond=0)
POLICY = SessionPolicy(idle_s=3600, absolute_s=7200, grace_s=60)


def opened(at: datetime = NOW) -> Session:
    token = RefreshToken(new_id().bytes, b"s" * 32)
    return open_session(new_id(), new_id(), ("officer", "operator"), token, POLICY, at)


async def test_a_session_is_read_as_it_was_stored(tx: Transaction) -> None:
    """Roles, hashes and times are read back, after the login and after a refresh."""
    session, other = opened(), opened()
    await queries.insert_sessions(tx, [session, other])
    assert await queries.lock_sessions(tx, [session.family_hash]) == {session.family_hash: session}
    changed = replace(
        session,
        secret_hash=b"new",
        previous_hash=b"old",
        successor_salt=b"salt",
        rotated_at=NOW + timedelta(minutes=15),
        expires_at=NOW + timedelta(minutes=75),
    )
    await queries.save_sessions(tx, [changed])
    found = await queries.lock_sessions(tx, [session.family_hash, other.family_hash])
    assert found == {session.family_hash: changed, other.family_hash: other}


async def test_only_expired_sessions_are_deleted(tx: Transaction) -> None:
    """A session is stored until its expiry, even if it has ended."""
    live, over = opened(), opened(NOW - timedelta(days=1))
    await queries.insert_sessions(tx, [live, over])
    assert await queries.delete_expired_sessions(tx, limit=10) == 1
    assert set(await queries.lock_sessions(tx, [live.family_hash, over.family_hash])) == {
        live.family_hash
    }
