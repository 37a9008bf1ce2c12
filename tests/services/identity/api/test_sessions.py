import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from services.identity import store
from services.identity.api.sessions import Refreshed, Sessions, TokenShown
from services.identity.domain.sessions import RefreshToken, Session, SessionRules, begin

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
RULES = SessionRules(idle_s=3600, most_s=7200, grace_s=60)
TOKEN = RefreshToken(b"f" * 16, b"s" * 32)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


async def opened(database: Database, token: RefreshToken = TOKEN) -> Session:
    session = begin(new_id(), new_id(), ("citizen",), token, RULES, NOW)
    async with database.transaction() as tx:
        await store.add_sessions(tx, [session])
    return session


async def refresh(
    database: Database, *tokens: RefreshToken, moment: datetime = NOW
) -> list[Refreshed | Exception]:
    async with database.transaction() as tx:
        shown = [TokenShown(token) for token in tokens]
        return list(await Sessions(RULES, at(moment)).refresh(tx, shown))


async def test_two_windows_that_refresh_at_once_get_the_same_token(database: Database) -> None:
    """Whether they meet in a group or between replicas, there is one chain."""
    await opened(database)
    first, second = await refresh(database, TOKEN, TOKEN)
    assert isinstance(first, Refreshed)
    assert isinstance(second, Refreshed)
    ((third,), (fourth,)) = await asyncio.gather(refresh(database, TOKEN), refresh(database, TOKEN))
    assert isinstance(third, Refreshed)
    assert isinstance(fourth, Refreshed)
    assert len({one.token.text() for one in (first, second, third, fourth)}) == 1


async def test_the_end_of_a_session_is_kept(database: Database) -> None:
    """A reuse that was noticed ends the session for good, not only for its own request."""
    await opened(database)
    (following,) = await refresh(database, TOKEN)
    (reused,) = await refresh(database, TOKEN, moment=NOW + timedelta(seconds=61))
    assert isinstance(following, Refreshed)
    assert isinstance(reused, Refused)
    (after,) = await refresh(database, following.token, moment=NOW + timedelta(seconds=62))
    assert isinstance(after, Refused)
    assert (reused.code, after.code) == ("session_ended", "session_ended")


async def test_an_ended_session_ends_alone(database: Database) -> None:
    """Neighbours in the group of a refused token go on."""
    await opened(database)
    other = RefreshToken(b"g" * 16, b"t" * 32)
    await opened(database, other)
    forged = RefreshToken(TOKEN.family, b"x" * 32)
    unknown = RefreshToken(b"h" * 16, b"u" * 32)
    ended, going_on, foreign = await refresh(database, forged, other, unknown)
    assert isinstance(ended, Refused)
    assert isinstance(going_on, Refreshed)
    assert isinstance(foreign, Refused)
    assert (ended.code, foreign.code) == ("session_ended", "refresh_token_invalid")


async def test_no_repr_shows_a_token() -> None:
    """What may end up in a traceback opens no session."""
    shown = TokenShown(TOKEN)
    assert repr(TOKEN.secret) not in repr(shown)
