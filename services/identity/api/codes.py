"""Asking for one-time codes and showing them; both are written in groups."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from libs.contracts.identity import CodeRequested
from libs.contracts.language import Language
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging import outbox
from libs.trace_context import TraceContext, current_context
from services.identity import store
from services.identity.domain import codes
from services.identity.domain.codes import Challenge, CodeRules, Limit, TooMany
from services.identity.domain.people import Citizen, contact_event
from services.identity.domain.sessions import (
    FAMILY_BYTES,
    SECRET_BYTES,
    RefreshToken,
    Session,
    SessionRules,
    begin,
)


@dataclass(frozen=True, slots=True, repr=False)
class CodeAsked:
    """A request for a code, with what chance has to add."""

    phone: str
    address: str
    language: Language
    code: str = field(default_factory=lambda: codes.code_from(secrets.randbelow(codes.CODES)))
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(codes.SALT_BYTES))
    reserved: UUID = field(default_factory=new_id)
    trace: TraceContext | None = field(default_factory=current_context)


@dataclass(frozen=True, slots=True, repr=False)
class CodeShown:
    """A code that someone typed, with the session that it may open."""

    phone: str
    code: str
    language: Language
    session_id: UUID = field(default_factory=new_id)
    token: RefreshToken = field(
        default_factory=lambda: RefreshToken(
            secrets.token_bytes(FAMILY_BYTES), secrets.token_bytes(SECRET_BYTES)
        )
    )
    trace: TraceContext | None = field(default_factory=current_context)


class Codes:
    """Writes of one-time codes, each for many citizens in one transaction.

    Args:
        key: of the hashes of codes.
        rules: how long a code lives and how often one may be asked for.
        address_limit: how often an address may ask.
        session_rules: how long the session lives that a code opens.
        clock: tells the time.
    """

    def __init__(
        self,
        key: bytes,
        rules: CodeRules,
        address_limit: Limit,
        session_rules: SessionRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._key = key
        self._rules = rules
        self._address_limit = address_limit
        self._session_rules = session_rules
        self._clock = clock
        self._longest_s = max(rules.valid_s, *(limit.within_s for limit in rules.limits))

    async def ask(self, tx: Transaction, asked: Sequence[CodeAsked]) -> list[datetime | Exception]:
        """Give each phone a code and have it sent; answers until when it is valid.

        Two requests for one phone in the same group get one code: a double click is one SMS.
        """
        at = self._clock()
        refused = await self._count_addresses(tx, asked, at)
        first = {one.phone: one for one, no in zip(asked, refused, strict=True) if no is None}
        phones = sorted(first)
        opened = await store.open_challenges(tx, phones, [first[p].reserved for p in phones])
        answers: dict[str, Challenge | TooMany] = {}
        for phone, (challenge, _) in opened.items():
            answers[phone] = self._renewed(challenge, first[phone], at)
        renewed = [answer for answer in answers.values() if isinstance(answer, Challenge)]
        forget_at = at + timedelta(seconds=self._longest_s)
        await store.save_challenges(tx, renewed, forget_at=forget_at)
        told = [_code_event(c, first[c.phone], opened[c.phone][1]) for c in renewed]
        await outbox.add(tx, told)
        return [no or _expiry(answers[one.phone]) for one, no in zip(asked, refused, strict=True)]

    async def show(self, tx: Transaction, shown: Sequence[CodeShown]) -> list[Session | Exception]:
        """Try each code; a right one opens a session, and makes the citizen at the first login."""
        at = self._clock()
        challenges = await store.lock_challenges(tx, {one.phone for one in shown})
        answers: list[Session | Exception] = []
        citizens: dict[UUID, tuple[Citizen, CodeShown]] = {}
        for one in shown:
            answer = self._tried(challenges, one, at)
            answers.append(answer)
            if isinstance(answer, Session):
                citizen = Citizen(answer.subject_id, one.phone, one.language)
                citizens.setdefault(citizen.citizen_id, (citizen, one))
        await store.save_tries(tx, list(challenges.values()))
        added = await store.add_citizens(tx, [citizen for citizen, _ in citizens.values()])
        await store.add_sessions(tx, [answer for answer in answers if isinstance(answer, Session)])
        await outbox.add(
            tx,
            [
                contact_event(citizen).in_trace(one.trace)
                for citizen, one in citizens.values()
                if citizen.citizen_id in added
            ],
        )
        return answers

    async def _count_addresses(
        self, tx: Transaction, asked: Sequence[CodeAsked], at: datetime
    ) -> list[TooMany | None]:
        start = codes.window_start(at, self._address_limit.within_s)
        counts = await store.count_addresses(tx, [one.address for one in asked], window_start=start)
        refused: list[TooMany | None] = []
        for one in reversed(asked):
            try:
                codes.check_address(counts[one.address], self._address_limit, at)
                refused.append(None)
            except TooMany as refusal:
                refused.append(refusal)
            counts[one.address] -= 1
        return refused[::-1]

    def _renewed(self, challenge: Challenge, one: CodeAsked, at: datetime) -> Challenge | TooMany:
        code_hash = codes.hash_code(self._key, one.salt, one.code)
        try:
            return codes.ask(challenge, one.salt, code_hash, self._rules, at)
        except TooMany as refusal:
            return refusal

    def _tried(
        self, challenges: dict[str, Challenge], one: CodeShown, at: datetime
    ) -> Session | Refused:
        challenge = challenges.get(one.phone)
        if challenge is None:
            return Refused("code_expired", pointer="/code")
        try:
            challenges[one.phone], right = codes.show(challenge, one.code, self._key, at)
        except Refused as refusal:
            return refusal
        if not right:
            is_dead = challenges[one.phone].tries_left == 0
            return Refused("code_expired" if is_dead else "code_wrong", pointer="/code")
        return begin(
            one.session_id, challenge.citizen_id, ("citizen",), one.token, self._session_rules, at
        )


def _expiry(answer: Challenge | TooMany) -> datetime | Exception:
    return answer.expires_at if isinstance(answer, Challenge) else answer


def _code_event(challenge: Challenge, one: CodeAsked, language: Language | None) -> CodeRequested:
    return CodeRequested(
        citizen_id=challenge.citizen_id,
        phone=challenge.phone,
        language=language or one.language,
        code=one.code,
        expires_at=challenge.expires_at,
    ).in_trace(one.trace)
