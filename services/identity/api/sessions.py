"""Refreshing sessions, written in groups."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity import store
from services.identity.domain.sessions import (
    SECRET_BYTES,
    RefreshToken,
    Session,
    SessionRules,
    refresh,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, repr=False)
class TokenShown:
    """A refresh token that someone shows, with the salt of the next one."""

    token: RefreshToken
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(SECRET_BYTES))


@dataclass(frozen=True, slots=True, repr=False)
class Refreshed:
    """A session that goes on, and its next refresh token."""

    session: Session
    token: RefreshToken


class Sessions:
    """Refreshes of sessions, many in one transaction.

    Args:
        rules: how long a session lives and how long an answer may be asked for again.
        clock: tells the time.
    """

    def __init__(self, rules: SessionRules, clock: Callable[[], datetime]) -> None:
        self._rules = rules
        self._clock = clock

    async def refresh(
        self, tx: Transaction, shown: Sequence[TokenShown]
    ) -> Sequence[Refreshed | Exception]:
        """Replace each token; a token out of its turn ends its session."""
        at = self._clock()
        sessions = await store.lock_sessions(tx, {one.token.family_hash for one in shown})
        answers = [self._turned(sessions, one, at) for one in shown]
        await store.save_sessions(tx, list(sessions.values()))
        return answers

    def _turned(
        self, sessions: dict[bytes, Session], one: TokenShown, at: datetime
    ) -> Refreshed | Refused:
        session = sessions.get(one.token.family_hash)
        if session is None:
            return Refused("refresh_token_invalid")
        try:
            session, following = refresh(session, one.token, one.salt, self._rules, at)
        except Refused as refusal:
            return refusal
        sessions[one.token.family_hash] = session
        if following is None:
            log.warning("session ended: token reused", session_id=str(session.session_id))
            return Refused("session_ended")
        return Refreshed(session, following)
