"""Issue one-time codes, exchange them for sessions, delete old ones.

Codes are issued and exchanged in groups: concurrent requests share a transaction.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.identity import CodeRequested
from libs.contracts.language import Language
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging import outbox
from libs.trace_context import TraceContext, current_context
from services.identity.citizens import use_cases as citizens
from services.identity.citizens.rules import Citizen
from services.identity.codes import queries, rules
from services.identity.codes.rules import Challenge, CodePolicy
from services.identity.sessions import use_cases as sessions
from services.identity.sessions.rules import RefreshToken, Session, SessionPolicy, open_session

_SALT_BYTES: Final = 16
_ROWS_PER_CLEANUP: Final = 1_000  # so that no transaction is long


@dataclass(frozen=True, slots=True, repr=False)
class CodeRequest:
    """A request for a code, with its random values."""

    phone: str
    address: str
    language: Language
    code: str = field(default_factory=lambda: rules.code_from(secrets.randbelow(rules.CODES)))
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(_SALT_BYTES))
    reserved_citizen_id: UUID = field(default_factory=new_id)
    trace: TraceContext | None = field(default_factory=current_context)


@dataclass(frozen=True, slots=True, repr=False)
class CodeAttempt:
    """A typed code, with the id and first token of the session that it may open."""

    phone: str
    code: str
    language: Language
    session_id: UUID = field(default_factory=new_id)
    token: RefreshToken = field(default_factory=sessions.new_refresh_token)
    trace: TraceContext | None = field(default_factory=current_context)


async def issue_codes(
    tx: Transaction, requests: Sequence[CodeRequest], policy: CodePolicy, at: datetime
) -> list[Challenge | Exception]:
    """Issue codes and announce them for sending.

    Requests for the same phone get one code, so that a double click sends one SMS. Returns one
    result per request, in order: the challenge, or Refused if the request is over a limit.
    """
    refusals = await _count_addresses(tx, requests, policy, at)
    admitted = {
        request.phone: request
        for request, refusal in zip(requests, refusals, strict=True)
        if refusal is None
    }
    phones = sorted(admitted)
    opened = await queries.open_challenges(
        tx, phones, [admitted[phone].reserved_citizen_id for phone in phones]
    )
    results = {
        phone: rules.issue_code(challenge, admitted[phone].code, admitted[phone].salt, policy, at)
        for phone, (challenge, _) in opened.items()
    }
    issued = [result for result in results.values() if isinstance(result, Challenge)]
    needed_s = max(policy.valid_s, policy.longest_phone_window_s)
    await queries.save_challenges(tx, issued, delete_after=at + timedelta(seconds=needed_s))
    await outbox.add(
        tx,
        [
            _code_requested(challenge, admitted[challenge.phone], opened[challenge.phone][1])
            for challenge in issued
        ],
    )
    return [
        refusal or results[request.phone]
        for request, refusal in zip(requests, refusals, strict=True)
    ]


async def exchange_codes(
    tx: Transaction,
    attempts: Sequence[CodeAttempt],
    policy: CodePolicy,
    session_policy: SessionPolicy,
    at: datetime,
) -> list[Session | Exception]:
    """Check codes, open a session for a right one, and register citizens at their first login.

    Returns one result per attempt, in order: the session or Refused.
    """
    challenges = await queries.lock_challenges(tx, {attempt.phone for attempt in attempts})
    results: list[Session | Exception] = []
    logins: dict[UUID, tuple[Citizen, TraceContext | None]] = {}
    for attempt in attempts:
        challenge = challenges.get(attempt.phone)
        if challenge is None:
            results.append(Refused("code_expired", pointer="/code"))
            continue
        challenge, refusal = rules.check_code(challenge, attempt.code, policy, at)
        challenges[attempt.phone] = challenge
        if refusal is not None:
            results.append(refusal)
            continue
        subject_id = challenge.citizen_id
        results.append(
            open_session(
                attempt.session_id, subject_id, ("citizen",), attempt.token, session_policy, at
            )
        )
        citizen = Citizen(subject_id, attempt.phone, attempt.language)
        logins.setdefault(subject_id, (citizen, attempt.trace))
    await queries.save_attempts(tx, list(challenges.values()))
    await citizens.register_citizens(tx, list(logins.values()))
    await sessions.add_sessions(tx, [result for result in results if isinstance(result, Session)])
    return results


async def delete_old_codes(tx: Transaction, policy: CodePolicy, at: datetime) -> int:
    """Delete a batch of challenges and address counts that no limit needs; return how many."""
    oldest = at - timedelta(seconds=policy.address_limit.window_s)
    challenges = await queries.delete_challenges(tx, limit=_ROWS_PER_CLEANUP)
    counts = await queries.delete_address_counts(tx, before=oldest, limit=_ROWS_PER_CLEANUP)
    return challenges + counts


async def _count_addresses(
    tx: Transaction, requests: Sequence[CodeRequest], policy: CodePolicy, at: datetime
) -> list[Refused | None]:
    addresses = [request.address for request in requests]
    window_start = rules.window_start(at, policy.address_limit.window_s)
    counts = await queries.count_addresses(tx, addresses, window_start=window_start)
    return rules.check_addresses(addresses, counts, policy.address_limit, at)


def _code_requested(
    challenge: Challenge, request: CodeRequest, language: Language | None
) -> CodeRequested:
    return CodeRequested(
        citizen_id=challenge.citizen_id,
        phone=challenge.phone,
        language=language or request.language,
        code=request.code,
        expires_at=challenge.expires_at,
    ).in_trace(request.trace)
