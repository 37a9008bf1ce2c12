from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from libs.errors import Refused
from libs.ids import new_id
from services.identity.sessions.rules import (
    RefreshToken,
    Session,
    SessionPolicy,
    is_open,
    open_session,
    refresh_session,
)

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
POLICY = SessionPolicy(idle_s=3600, absolute_s=7200, grace_s=60)
FIRST = RefreshToken(b"f" * 16, b"s" * 32)


def opened() -> Session:
    return open_session(new_id(), new_id(), ("citizen",), FIRST, POLICY, NOW)


def refreshed(
    session: Session, token: RefreshToken, at: datetime, salt: bytes = b"salt"
) -> tuple[Session, RefreshToken]:
    session, successor = refresh_session(session, token, salt, POLICY, at)
    assert successor is not None
    return session, successor


def test_a_refresh_gives_another_token() -> None:
    """A refresh token is replaced at its use, and the successor can be used next."""
    session, second = refreshed(opened(), FIRST, NOW)
    assert second != FIRST
    _, third = refreshed(session, second, NOW + timedelta(minutes=15), b"another")
    assert third not in {FIRST, second}


def test_a_lost_response_does_not_end_the_session() -> None:
    """Within the grace period the previous token gives the same successor, however often."""
    session, second = refreshed(opened(), FIRST, NOW)
    for seconds in (0, 30, 60):
        at = NOW + timedelta(seconds=seconds)
        again, same = refreshed(session, FIRST, at, salt=b"never used")
        assert same == second
        assert again == session
    refreshed(session, second, NOW + timedelta(minutes=15))


def test_a_token_reused_after_the_grace_period_ends_the_session() -> None:
    """Somebody else may have a copy of a reused token, so the session ends."""
    session, second = refreshed(opened(), FIRST, NOW)
    at = NOW + timedelta(seconds=61)
    ended, successor = refresh_session(session, FIRST, b"salt", POLICY, at)
    assert successor is None
    with pytest.raises(Refused, match="session_ended"):
        refresh_session(ended, second, b"salt", POLICY, at)


def test_an_older_token_ends_the_session_even_within_the_grace_period() -> None:
    """The grace period applies to the previous token only."""
    session, second = refreshed(opened(), FIRST, NOW)
    session, _ = refreshed(session, second, NOW + timedelta(seconds=5))
    ended, successor = refresh_session(session, FIRST, b"salt", POLICY, NOW + timedelta(seconds=10))
    assert successor is None
    assert ended.ended_at is not None


def test_a_session_has_an_idle_and_an_absolute_expiry() -> None:
    """A refresh extends a session, but not beyond its absolute expiry."""
    with pytest.raises(Refused, match="session_ended"):
        refresh_session(opened(), FIRST, b"salt", POLICY, NOW + timedelta(seconds=3600))
    session, token = opened(), FIRST
    for minutes in (50, 100):
        session, token = refreshed(session, token, NOW + timedelta(minutes=minutes))
    with pytest.raises(Refused, match="session_ended"):
        refresh_session(session, token, b"salt", POLICY, NOW + timedelta(seconds=7200))


def test_an_ended_session_cannot_be_refreshed() -> None:
    """After a logout the refresh token is refused."""
    with pytest.raises(Refused, match="session_ended"):
        refresh_session(replace(opened(), ended_at=NOW), FIRST, b"salt", POLICY, NOW)


def test_a_token_is_parsed_from_its_text() -> None:
    """Parsing the text of a token returns the same token."""
    assert RefreshToken.parse(FIRST.text()) == FIRST


@pytest.mark.parametrize("text", ["", "x", "A" * 63, "A" * 68, "ক" * 64, "!" * 64, "A" * 200])
def test_a_malformed_token_is_refused(text: str) -> None:
    """Any malformed text is refused as `refresh_token_invalid`."""
    with pytest.raises(Refused, match="refresh_token_invalid"):
        RefreshToken.parse(text)


def test_no_repr_shows_a_token() -> None:
    """The repr of a session or a token shows no secret."""
    stored = repr(opened())
    assert repr(FIRST.secret) not in stored
    assert FIRST.text() not in repr(FIRST)


STAFF_POLICY = SessionPolicy(idle_s=30 * 86_400, absolute_s=180 * 86_400, grace_s=60)


def test_a_session_of_staff_lasts_12_hours_at_most() -> None:
    """Refreshed every quarter of an hour it ends 12 hours after the login; a citizen's goes on."""
    cases: list[tuple[str, bool]] = [("operator", True), ("citizen", False)]
    for role, ends in cases:
        session = open_session(new_id(), new_id(), (role,), FIRST, STAFF_POLICY, NOW)
        at, token = NOW, FIRST
        for _ in range(47):
            at += timedelta(minutes=15)
            session, token = refreshed_by(session, token, at)
        at += timedelta(minutes=15)
        assert is_open(session, at, None) is not ends
        assert is_open(session, at - timedelta(seconds=1), None)


def test_a_session_of_staff_ends_after_30_idle_minutes() -> None:
    """Without a refresh for half an hour it has ended; a citizen's has not."""
    at = NOW + timedelta(minutes=30)
    staff = open_session(new_id(), new_id(), ("officer",), FIRST, STAFF_POLICY, NOW)
    with pytest.raises(Refused, match="session_ended"):
        refresh_session(staff, FIRST, b"salt", STAFF_POLICY, at)
    refreshed_by(staff, FIRST, at - timedelta(seconds=1))
    citizen = open_session(new_id(), new_id(), ("citizen",), FIRST, STAFF_POLICY, NOW)
    refreshed_by(citizen, FIRST, at)


def refreshed_by(
    session: Session, token: RefreshToken, at: datetime
) -> tuple[Session, RefreshToken]:
    """Refresh under the policy with a limit for staff."""
    session, successor = refresh_session(session, token, b"salt", STAFF_POLICY, at)
    assert successor is not None
    return session, successor


def test_a_session_ends_with_a_revoked_key() -> None:
    """A session opened until the revocation is over, one opened after it is not."""
    session = opened()
    for revoked_s, goes_on in ((-1, True), (0, False), (1, False)):
        revoked_at = NOW + timedelta(seconds=revoked_s)
        assert is_open(session, NOW + timedelta(seconds=2), revoked_at) is goes_on
