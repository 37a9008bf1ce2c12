"""Issue one-time codes, exchange them for sessions, delete old ones.

Codes are issued and exchanged in groups: concurrent requests share a transaction.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from libs.contracts.identity import CodeRequested
from libs.contracts.language import Language
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.trace_context import TraceContext, current_context
from services.identity.citizens import use_cases as citizens
from services.identity.citizens.rules import Citizen, SilencePolicy
from services.identity.citizens.use_cases import Login
from services.identity.codes import queries, rules
from services.identity.codes.rules import Challenge, CodePolicy, Origin, Tally
from services.identity.sessions import use_cases as sessions
from services.identity.sessions.rules import RefreshToken, Session, SessionPolicy, open_session

_SALT_BYTES: Final = 16
_ROWS_PER_CLEANUP: Final = 1_000  # so that no transaction is long


@dataclass(frozen=True, slots=True, repr=False)
class CodeRequest:
    """A request for a code, with its random values."""

    phone: str
    origin: Origin
    language: Language
    code: str = field(default_factory=lambda: rules.code_from(secrets.randbelow(rules.LONG_CODES)))
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(_SALT_BYTES))
    reserved_citizen_id: UUID = field(default_factory=new_id)
    trace: TraceContext | None = field(default_factory=current_context)


@dataclass(frozen=True, slots=True, repr=False)
class CodeAttempt:
    """A typed code, with the id and first token of the session that it may open.

    `number` and `new_account` are for an account whose phone was silent for long. `device` is the
    device and `browser` its name, as the session keeps them. With `key`, the same attempt may be
    repeated for two minutes.
    """

    phone: str
    code: str
    origin: Origin
    language: Language
    number: str | None = None
    new_account: bool = False
    device: str | None = None
    key: str | None = None
    browser: str | None = None
    session_id: UUID = field(default_factory=new_id)
    token: RefreshToken = field(default_factory=sessions.new_refresh_token)
    trace: TraceContext | None = field(default_factory=current_context)


class CodeIssued(NamedTuple):
    """The challenge of a code, and whether it is sent only if the phone has an account."""

    challenge: Challenge
    accounts_only: bool


class LoggedIn(NamedTuple):
    """The session that a right code opened, and when its account will be erased, if so."""

    session: Session
    erasure_due_at: datetime | None


async def issue_codes(
    tx: Transaction, requests: Sequence[CodeRequest], policy: CodePolicy, at: datetime
) -> list[CodeIssued | Exception]:
    """Issue codes and announce them for sending.

    Requests for the same phone get one code, so that a double click sends one SMS. When strangers
    have spent their budget, or a connection its share, codes for phones without an account are not
    announced; all else is the same, so that nobody learns which phones have one. Returns one result
    per request, in order: the code, or Refused if the request is over a limit.
    """
    usage = await _lock_usage(tx, [request.origin for request in requests], at)
    admitted, refusals = _admit(Tally(usage), requests, policy, at)
    phones = sorted(admitted)
    opened = await queries.open_challenges(
        tx, phones, [admitted[phone].reserved_citizen_id for phone in phones]
    )
    results: dict[str, CodeIssued | Refused] = {}
    announced: list[CodeRequested] = []
    for phone, (challenge, language) in opened.items():
        request = admitted[phone]
        digits = rules.digits_to_send(usage, request.origin, policy, challenge, at)
        code, is_known_device = request.code[:digits], request.origin.is_known
        issued = rules.issue_code(
            challenge, code, request.salt, policy, at, is_known_device=is_known_device
        )
        if isinstance(issued, Refused):
            results[phone] = issued
            continue
        accounts_only = rules.is_for_accounts(usage, request.origin, policy)
        results[phone] = CodeIssued(issued, accounts_only)
        if language is not None or not accounts_only:
            announced.append(_code_requested(issued, code, request, language))
        usage.count(request.origin, rules.usage_of_sent(usage, request.origin, policy))
    challenges = [
        code_issued.challenge
        for code_issued in results.values()
        if isinstance(code_issued, CodeIssued)
    ]
    delete_after = at + rules.DAY + timedelta(seconds=policy.valid_s)
    await queries.save_challenges(tx, challenges, delete_after=delete_after)
    await queries.add_usage(tx, usage.added, hour=rules.hour_of(at))
    await outbox.add(tx, announced)
    return [
        refusal or results[request.phone]
        for request, refusal in zip(requests, refusals, strict=True)
    ]


async def exchange_codes(
    tx: Transaction,
    attempts: Sequence[CodeAttempt],
    policy: CodePolicy,
    session_policy: SessionPolicy,
    silence: SilencePolicy,
    at: datetime,
) -> list[LoggedIn | Exception]:
    """Check codes, open a session for a right one, and register citizens at their first login.

    The same attempt under the same key gets another session in place of the first one, which
    nobody may have received. In a group, the later attempts come after the first.

    Returns one result per attempt, in order: the session or Refused.
    """
    common = (policy, session_policy, silence, at)
    first: dict[tuple[str, str] | int, int] = {}
    for place, attempt in enumerate(attempts):
        first.setdefault((attempt.phone, attempt.key) if attempt.key else place, place)
    sooner = list(first.values())
    results = dict(
        zip(
            sooner,
            await _exchange_codes(tx, [attempts[place] for place in sooner], *common),
            strict=True,
        )
    )
    later = [place for place in range(len(attempts)) if place not in results]
    if later:
        again = await exchange_codes(tx, [attempts[place] for place in later], *common)
        results |= dict(zip(later, again, strict=True))
    return [results[place] for place in range(len(attempts))]


async def _exchange_codes(
    tx: Transaction,
    attempts: Sequence[CodeAttempt],
    policy: CodePolicy,
    session_policy: SessionPolicy,
    silence: SilencePolicy,
    at: datetime,
) -> list[LoggedIn | Exception]:
    results: list[Challenge | LoggedIn | Exception] = [
        *await _check_codes(tx, attempts, policy, at)
    ]
    right = [
        (place, attempts[place], checked)
        for place, checked in enumerate(results)
        if isinstance(checked, Challenge)
    ]
    admissions = await citizens.log_in(
        tx, [_login(attempt, challenge) for _, attempt, challenge in right], silence, at
    )
    opened: list[Session] = []
    repeatable: list[Challenge] = []
    for (place, attempt, challenge), admission in zip(right, admissions, strict=True):
        if isinstance(admission, Refused):
            results[place] = admission
            continue
        if challenge.exchanged and not await sessions.end_open_session(
            tx, admission.citizen_id, challenge.exchanged.session_id
        ):
            results[place] = Refused("code_expired", pointer="/code")
            continue
        if admission.citizen_id != challenge.citizen_id:
            await queries.assign_phone(tx, challenge.phone, admission.citizen_id)
        session = _session(attempt, admission.citizen_id, session_policy, at)
        opened.append(session)
        results[place] = LoggedIn(session, admission.erasure_due_at)
        if attempt.key:
            repeatable.append(
                rules.exchanged(
                    challenge, attempt.code, attempt.key, session.session_id, policy, at
                )
            )
    await sessions.add_sessions(tx, opened)
    if repeatable:
        await queries.save_attempts(tx, repeatable)
    return [result for result in results if not isinstance(result, Challenge)]


async def use_code(
    tx: Transaction, phone: str, code: str, origin: Origin, policy: CodePolicy, at: datetime
) -> Refused | None:
    """Check a code for something else than a login, and use it up; the limits are the same.

    Returns why it is refused, or None. Commit in both cases, since the attempt is counted.
    """
    attempt = CodeAttempt(phone, code, origin, "bn")
    (checked,) = await _check_codes(tx, [attempt], policy, at)
    return checked if isinstance(checked, Refused) else None


async def assign_phone(tx: Transaction, phone: str, citizen_id: UUID) -> None:
    """Let the next code of a phone open another account; its limits stay as they are."""
    await queries.assign_phone(tx, phone, citizen_id)


async def delete_challenges(tx: Transaction, phones: Collection[str]) -> None:
    """Delete the challenges of the phones of a citizen who is erased."""
    await queries.delete_challenges_of(tx, phones)


async def _check_codes(
    tx: Transaction, attempts: Sequence[CodeAttempt], policy: CodePolicy, at: datetime
) -> list[Challenge | Refused]:
    """Check codes, and count the attempts; a right code is used up.

    Returns one result per attempt, in order: the challenge of a right code, or why it is refused.
    """
    usage = await _lock_usage(tx, [attempt.origin for attempt in attempts], at)
    challenges = await queries.lock_challenges(tx, {attempt.phone for attempt in attempts})
    results: list[Challenge | Refused] = []
    for attempt in attempts:
        challenge = challenges.get(attempt.phone)
        if challenge is None:
            results.append(Refused("code_expired", pointer="/code"))
            continue
        exchange = challenge.exchanged
        if attempt.key and exchange and at < exchange.repeat_until:
            checked, refusal = rules.check_repeat(
                challenge, exchange, attempt.code, attempt.key, policy, at
            )
        else:
            digits = rules.digits_needed(usage, attempt.origin, policy)
            checked, refusal = rules.check_code(challenge, attempt.code, policy, at, digits=digits)
        if checked is not challenge:  # the code was compared
            challenges[attempt.phone] = checked
            usage.count(attempt.origin, rules.usage_of(attempt.code, refusal))
        results.append(refusal or checked)
    await queries.save_attempts(tx, list(challenges.values()))
    await queries.add_usage(tx, usage.added, hour=rules.hour_of(at))
    return results


async def delete_old_codes(tx: Transaction, at: datetime) -> int:
    """Delete a batch of challenges and counts that no limit needs; return how many."""
    challenges = await queries.delete_challenges(tx, limit=_ROWS_PER_CLEANUP)
    counts = await queries.delete_counts(tx, before=rules.oldest_hour(at), limit=_ROWS_PER_CLEANUP)
    return challenges + counts


async def read_budget(tx: Transaction, policy: CodePolicy, at: datetime) -> dict[str, float]:
    """Return the used shares of the platform's budgets of a day."""
    usage = await queries.read_usage(tx, [rules.PLATFORM], since=rules.oldest_hour(at))
    return rules.budget_used(usage.get(rules.PLATFORM, rules.NOTHING), policy)


def _admit(
    usage: Tally, requests: Sequence[CodeRequest], policy: CodePolicy, at: datetime
) -> tuple[dict[str, CodeRequest], list[Refused | None]]:
    """Return the first admitted request by phone, and per request its refusal, if any.

    An admitted request is counted in `usage`, for those after it.
    """
    admitted: dict[str, CodeRequest] = {}
    refusals: list[Refused | None] = []
    for request in requests:
        refusal = None
        if request.phone not in admitted:
            refusal = rules.refuse_to_send(usage, request.origin, policy, at)
            if refusal is None:
                admitted[request.phone] = request
                usage.count(request.origin, rules.usage_of_sent(usage, request.origin, policy))
        refusals.append(refusal)
    return admitted, refusals


def _login(attempt: CodeAttempt, challenge: Challenge) -> Login:
    citizen = Citizen(challenge.citizen_id, attempt.phone, attempt.language)
    return Login(citizen, attempt.trace, attempt.number, attempt.new_account)


def _session(
    attempt: CodeAttempt, subject_id: UUID, policy: SessionPolicy, at: datetime
) -> Session:
    session = open_session(attempt.session_id, subject_id, ("citizen",), attempt.token, policy, at)
    return replace(session, device=attempt.device, browser=attempt.browser)


async def _lock_usage(tx: Transaction, origins: Sequence[Origin], at: datetime) -> Tally:
    """Read and lock the usage of all sources until the transaction ends.

    It is locked before the challenges, here and everywhere, so that two transactions never wait
    for each other.
    """
    sources = {source for origin in origins for source in origin.sources}
    hour, since = rules.hour_of(at), rules.oldest_hour(at)
    return Tally(await queries.lock_usage(tx, sources, hour=hour, since=since))


def _code_requested(
    challenge: Challenge, code: str, request: CodeRequest, language: Language | None
) -> CodeRequested:
    return CodeRequested(
        citizen_id=challenge.citizen_id,
        phone=challenge.phone,
        language=language or request.language,
        code=code,
        expires_at=challenge.expires_at,
    ).in_trace(request.trace)
