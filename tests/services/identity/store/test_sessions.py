from dataclasses import replace
from datetime import UTC, datetime, timedelta

from libs.database.transaction import Transaction
from libs.ids import new_id
from services.identity import store
from services.identity.domain.sessions import RefreshToken, Session, SessionRules, begin

NOW = datetime.now(UTC).replace(microsecond=0)
RULES = SessionRules(idle_s=3600, most_s=7200, grace_s=60)


def opened(at: datetime = NOW) -> Session:
    token = RefreshToken(new_id().bytes, b"s" * 32)
    return begin(new_id(), new_id(), ("officer", "operator"), token, RULES, at)


async def test_a_session_comes_back_as_it_was_saved(tx: Transaction) -> None:
    """Roles, hashes and times are kept, at the login and at each refresh."""
    session, other = opened(), opened()
    await store.add_sessions(tx, [session, other])
    assert await store.lock_sessions(tx, [session.family_hash]) == {session.family_hash: session}
    changed = replace(
        session,
        secret_hash=b"new",
        previous_hash=b"old",
        next_salt=b"salt",
        rotated_at=NOW + timedelta(minutes=15),
        expires_at=NOW + timedelta(minutes=75),
    )
    await store.save_sessions(tx, [changed])
    found = await store.lock_sessions(tx, [session.family_hash, other.family_hash])
    assert found == {session.family_hash: changed, other.family_hash: other}


async def test_one_session_ends_or_all_of_a_person(tx: Transaction) -> None:
    """A logout ends its own session only, and only its owner's."""
    one, two = opened(), opened()
    two = replace(two, subject_id=one.subject_id)
    await store.add_sessions(tx, [one, two])
    assert await store.end_sessions(tx, new_id(), session_id=one.session_id) == 0
    assert await store.end_sessions(tx, one.subject_id, session_id=one.session_id) == 1
    assert await store.end_sessions(tx, one.subject_id) == 1
    assert await store.end_sessions(tx, one.subject_id) == 0


async def test_only_sessions_that_ran_out_are_forgotten(tx: Transaction) -> None:
    """An ended session stays until its tokens could have been used no more."""
    live, over = opened(), opened(NOW - timedelta(days=1))
    await store.add_sessions(tx, [live, over])
    assert await store.forget_sessions(tx, limit=10) == 1
    assert set(await store.lock_sessions(tx, [live.family_hash, over.family_hash])) == {
        live.family_hash
    }
