from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from libs.errors import Refused
from libs.ids import new_id
from services.identity.domain.sessions import RefreshToken, Session, SessionRules, begin, refresh

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
RULES = SessionRules(idle_s=3600, most_s=7200, grace_s=60)
FIRST = RefreshToken(b"f" * 16, b"s" * 32)


def opened() -> Session:
    return begin(new_id(), new_id(), ("citizen",), FIRST, RULES, NOW)


def turned(
    session: Session, token: RefreshToken, at: datetime, salt: bytes = b"salt"
) -> tuple[Session, RefreshToken]:
    session, following = refresh(session, token, salt, RULES, at)
    assert following is not None
    return session, following


def test_each_refresh_gives_another_token() -> None:
    """A refresh token is replaced at its use, and its successor refreshes on."""
    session, second = turned(opened(), FIRST, NOW)
    assert second != FIRST
    _, third = turned(session, second, NOW + timedelta(minutes=15), b"another")
    assert third not in {FIRST, second}


def test_a_lost_answer_logs_nobody_out() -> None:
    """Within the grace the replaced token gives the same successor again, however often."""
    session, second = turned(opened(), FIRST, NOW)
    for seconds in (0, 30, 60):
        at = NOW + timedelta(seconds=seconds)
        again, same = turned(session, FIRST, at, salt=b"never used")
        assert same == second
        assert again == session
    turned(session, second, NOW + timedelta(minutes=15))


def test_a_token_shown_again_after_the_grace_ends_the_session_for_everyone() -> None:
    """Reuse means that two people hold the session: neither keeps it."""
    session, second = turned(opened(), FIRST, NOW)
    at = NOW + timedelta(seconds=61)
    ended, following = refresh(session, FIRST, b"salt", RULES, at)
    assert following is None
    with pytest.raises(Refused, match="session_ended"):
        refresh(ended, second, b"salt", RULES, at)


def test_a_token_before_the_last_ends_the_session_even_within_the_grace() -> None:
    """The grace is for the token before the current one, not for older ones."""
    session, second = turned(opened(), FIRST, NOW)
    session, _ = turned(session, second, NOW + timedelta(seconds=5))
    ended, following = refresh(session, FIRST, b"salt", RULES, NOW + timedelta(seconds=10))
    assert following is None
    assert ended.ended_at is not None


def test_a_session_runs_out_when_it_is_not_refreshed_and_at_its_longest() -> None:
    """Refreshing keeps a session alive, but not beyond its longest life."""
    with pytest.raises(Refused, match="session_ended"):
        refresh(opened(), FIRST, b"salt", RULES, NOW + timedelta(seconds=3600))
    session, token = opened(), FIRST
    for minutes in (50, 100):
        session, token = turned(session, token, NOW + timedelta(minutes=minutes))
    with pytest.raises(Refused, match="session_ended"):
        refresh(session, token, b"salt", RULES, NOW + timedelta(seconds=7200))


def test_an_ended_session_refreshes_no_more() -> None:
    """After a logout the token is worthless."""
    with pytest.raises(Refused, match="session_ended"):
        refresh(replace(opened(), ended_at=NOW), FIRST, b"salt", RULES, NOW)


def test_a_token_is_read_as_it_was_written() -> None:
    """A token's text gives the token back."""
    assert RefreshToken.read(FIRST.text()) == FIRST


@pytest.mark.parametrize("text", ["", "x", "A" * 63, "A" * 68, "ক" * 64, "!" * 64, "A" * 200])
def test_what_is_no_token_is_refused(text: str) -> None:
    """Nonsense is refused, never a defect."""
    with pytest.raises(Refused, match="refresh_token_invalid"):
        RefreshToken.read(text)


def test_nothing_kept_tells_the_token() -> None:
    """The session holds hashes of the token only, and its repr shows nothing."""
    kept = repr(opened())
    assert repr(FIRST.secret) not in kept
    assert FIRST.text() not in repr(FIRST)
