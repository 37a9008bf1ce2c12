"""One-time codes: requests, length, validity, attempts."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import ceil
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from uuid import UUID

from libs.addresses import provider_of, site_of, subscriber_of
from libs.bangladesh.text import ascii_digits, normalise
from libs.errors import FieldError, Refused, Unreadable

CODE_DIGITS: Final = 6
LONG_CODE_DIGITS: Final = 9
LONG_CODES: Final = 10**LONG_CODE_DIGITS
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
REPEATED_WITHIN: Final = timedelta(minutes=2)
"""Time after an exchange in which a repeat gets an answer again, if the first was lost."""

# Every exchanged code allows so many more, since the holder of the phone asked for it.
_SENT_PER_EXCHANGED: Final = 1.25
# And, where the share of a connection is spent, so many to phones with an account, less with the
# budget that remains. One hostile request in ten seconds among 4,800 logins a day needs 2 of them.
_TO_ACCOUNTS_PER_EXCHANGED: Final = 8
_WRONG_PER_EXCHANGED: Final = 0.05
# Of the platform's budget: for anybody; then also for phones with an account; the rest is for
# devices on which the phone has logged in before.
_SHARE_OF_STRANGERS: Final = 0.8
_SHARE_OF_ACCOUNTS: Final = 0.9

_NOT_A_CODE = FieldError(
    "/code",
    "not_a_code",
    "এসএমএসে পাওয়া কোডের সব সংখ্যা লিখুন।",
    "Type all digits of the code from the SMS.",
)
_SEPARATORS = " -\u2013\u2010\u2011"

Scope = Literal["address", "network", "provider", "device", "platform"]


class Source(NamedTuple):
    """An origin whose requests are counted together: a connection, a device, or all requests."""

    scope: Scope
    value: str


PLATFORM: Final = Source("platform", "")


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a request.

    Args:
        address: of the request.
        device_id: of the device token in the request, if there is one.
        is_known: whether the phone has logged in on this device before.
    """

    address: str
    device_id: str | None = None
    is_known: bool = False

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that count the request; without the address if the device is known."""
        device = () if self.device_id is None else (Source("device", self.device_id),)
        if self.is_known:
            return (*device, PLATFORM)
        return (
            Source("address", subscriber_of(self.address)),
            Source("network", site_of(self.address)),
            Source("provider", provider_of(self.address)),
            *device,
            PLATFORM,
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """The codes of one source within a day.

    Args:
        sent: all that were sent.
        exchanged: those that opened a session or proved a phone.
        wrong: wrong ones of usual length.
        to_accounts: those of `sent` that came after the share of a connection was spent, and so
            are for phones with an account.
    """

    sent: int = 0
    exchanged: int = 0
    wrong: int = 0
    to_accounts: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.sent + other.sent,
            self.exchanged + other.exchanged,
            self.wrong + other.wrong,
            self.to_accounts + other.to_accounts,
        )


NOTHING: Final = Usage()
SENT: Final = Usage(sent=1)
SENT_TO_ACCOUNT: Final = Usage(sent=1, to_accounts=1)
EXCHANGED: Final = Usage(exchanged=1)
WRONG: Final = Usage(wrong=1)


class Tally(dict[Source, Usage]):
    """The usage of sources, and the counts added to it.

    Args:
        usage: before.
    """

    def __init__(self, usage: Mapping[Source, Usage] = MappingProxyType({})) -> None:
        super().__init__(usage)
        self.added: dict[Source, Usage] = {}

    def __missing__(self, _: Source) -> Usage:
        return NOTHING

    def count(self, origin: Origin, usage: Usage) -> None:
        """Add to all sources of a request."""
        for source in origin.sources:
            self[source] += usage
            self.added[source] = self.added.get(source, NOTHING) + usage


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` codes within `window_s` seconds."""

    count: int
    window_s: int


@dataclass(frozen=True, slots=True)
class CodePolicy:
    """Settings of one-time codes.

    Args:
        hash_key: HMAC key under which codes are hashed.
        valid_s: seconds for which a code is valid.
        attempts: wrong attempts after which a code is used up.
        phone_limits: limits on the requests for one phone from unknown devices.
        phone_wrong: wrong codes for a phone in a day after which it gets long codes.
        sent: codes that a source without any exchanged code gets in a day; the platform's is a
            budget for all codes.
        wrong: wrong codes of such a source in a day after which it needs long codes; a provider's
            do not count, since a whole mobile network is one.
    """

    hash_key: bytes = field(repr=False)
    valid_s: int
    attempts: int
    phone_limits: tuple[RateLimit, ...]
    phone_wrong: int
    sent: Mapping[Scope, int]
    wrong: Mapping[Scope, int]

    @property
    def longest_phone_window_s(self) -> int:
        """Seconds after which a request counts for no phone limit."""
        return max((limit.window_s for limit in self.phone_limits), default=0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A code that was exchanged under an Idempotency-Key.

    Args:
        repeat_hash: keyed hash of the code and the key.
        repeat_until: until when the same request is answered again.
        session_id: that it opened.
    """

    repeat_hash: bytes
    repeat_until: datetime
    session_id: UUID


@dataclass(frozen=True, slots=True)
class Challenge:
    """The hash of a phone's valid code, and the times of requests and wrong codes, oldest first.

    `citizen_id` is reserved for the new citizen if the phone is unknown. `exchanged` is set once
    the code has opened a session that may be replaced.
    """

    phone: str
    citizen_id: UUID
    salt: bytes
    code_hash: bytes
    expires_at: datetime
    attempts_left: int
    requested_at: tuple[datetime, ...]
    wrong_at: tuple[datetime, ...] = ()
    exchanged: Exchange | None = None


TEST_CODE: Final = "000000000"
"""The code of test phones; the first six digits where a short one is enough."""


def code_from(number: int) -> str:
    """Return a number below `LONG_CODES` as a long code; its first digits are a usual one."""
    return f"{number:0{LONG_CODE_DIGITS}d}"


def read_code(text: str) -> str:
    """Return the digits of a typed code; Bangla digits, blanks and hyphens are accepted.

    Raises:
        Unreadable: there are not as many digits as a code has.
    """
    digits = ascii_digits(normalise(text)).translate({ord(mark): None for mark in _SEPARATORS})
    has_length = len(digits) in {CODE_DIGITS, LONG_CODE_DIGITS}
    if not (has_length and digits.isascii() and digits.isdecimal()):
        raise Unreadable("wrong_shape", "not a one-time code", field_errors=(_NOT_A_CODE,))
    return digits


def hash_code(key: bytes, salt: bytes, code: str) -> bytes:
    """Return the stored form of a code (docs/decisions/0007-one-time-codes.md says why HMAC)."""
    return hmac.digest(key, salt + code.encode(), sha256)


def refuse_to_send(
    usage: Mapping[Source, Usage], origin: Origin, policy: CodePolicy, at: datetime
) -> Refused | None:
    """Return a refusal if a source of the request has got its codes of a day, else None.

    The limits of connections shrink with the budget that remains for unknown devices: with half of
    it, to half. So no number of networks soon spends all of it, and a network that comes late still
    gets a code. Where they are spent, phones with an account get more, as many as citizens earned
    there with codes that they exchanged: so a stranger behind a busy address does not close it.

    Args:
        usage: of the sources.
        origin: of the request.
        policy: the limits.
        at: the current time.
    """
    for source in reversed(origin.sources):
        used, limit = usage[source], policy.sent[source.scope]
        if source.scope in _CONNECTIONS:
            earned = used.exchanged * _share_left(usage, policy)
            for_accounts = int(earned * _TO_ACCOUNTS_PER_EXCHANGED)
            spent = _is_spent(usage, source, policy) and used.to_accounts >= for_accounts
        elif source == PLATFORM:
            spent = used.sent >= (limit if origin.is_known else int(limit * _SHARE_OF_ACCOUNTS))
        else:
            spent = used.sent >= limit + int(used.exchanged * _SENT_PER_EXCHANGED)
        if spent:
            return Refused(_PROBLEMS[source.scope], retry_after_s=_next_hour_s(at))
    return None


def is_for_accounts(usage: Mapping[Source, Usage], origin: Origin, policy: CodePolicy) -> bool:
    """Whether a code is sent to a phone with an account only: others have spent their budget."""
    if origin.is_known:
        return False
    return not left_for_strangers(usage, policy) or _is_share_spent(usage, origin, policy)


def usage_of_sent(usage: Mapping[Source, Usage], origin: Origin, policy: CodePolicy) -> Usage:
    """Return how the next code to an origin is counted, for any phone."""
    return SENT_TO_ACCOUNT if _is_share_spent(usage, origin, policy) else SENT


def left_for_strangers(usage: Mapping[Source, Usage], policy: CodePolicy) -> int:
    """Return how many codes of the day's budget remain for unknown devices."""
    return max(0, _budget_of_strangers(policy) - usage[PLATFORM].sent)


def _is_share_spent(usage: Mapping[Source, Usage], origin: Origin, policy: CodePolicy) -> bool:
    """Whether a connection of an origin has got its codes for any phone."""
    return any(
        _is_spent(usage, source, policy)
        for source in origin.sources
        if source.scope in _CONNECTIONS
    )


def _is_spent(usage: Mapping[Source, Usage], connection: Source, policy: CodePolicy) -> bool:
    used = usage[connection]
    share = ceil(policy.sent[connection.scope] * _share_left(usage, policy))
    allowed = share + int(used.exchanged * _SENT_PER_EXCHANGED)
    return used.sent - used.to_accounts >= allowed


def _share_left(usage: Mapping[Source, Usage], policy: CodePolicy) -> float:
    """Return how much of the day's budget for unknown devices, or then for accounts, remains."""
    left = left_for_strangers(usage, policy) or _left_for_accounts(usage, policy)
    return left / _budget_of_strangers(policy)


def _left_for_accounts(usage: Mapping[Source, Usage], policy: CodePolicy) -> int:
    return max(0, int(policy.sent["platform"] * _SHARE_OF_ACCOUNTS) - usage[PLATFORM].sent)


def _budget_of_strangers(policy: CodePolicy) -> int:
    return int(policy.sent["platform"] * _SHARE_OF_STRANGERS)


_CONNECTIONS: Final[frozenset[Scope]] = frozenset({"address", "network", "provider"})
_PROBLEMS: Mapping[Scope, str] = {
    "address": "codes_too_many_for_address",
    "network": "codes_too_many_for_address",
    "provider": "codes_too_many_for_address",
    "device": "codes_too_many_for_device",
    "platform": "codes_paused",
}


def digits_needed(usage: Mapping[Source, Usage], origin: Origin, policy: CodePolicy) -> int:
    """Return how many digits a code needs to be accepted from here.

    After too many wrong codes from an address, a network or a device, or on the whole platform,
    only long codes are accepted. On a device that is known for the phone only its own wrong codes
    count.
    """
    for source in origin.sources:
        if origin.is_known and source == PLATFORM:
            continue
        used, limit = usage[source], policy.wrong.get(source.scope)
        if limit is None:
            continue
        if used.wrong >= limit + int(used.exchanged * _WRONG_PER_EXCHANGED):
            return LONG_CODE_DIGITS
    return CODE_DIGITS


def digits_to_send(
    usage: Mapping[Source, Usage],
    origin: Origin,
    policy: CodePolicy,
    challenge: Challenge,
    at: datetime,
) -> int:
    """Return how many digits a new code has: as needed here, and long after wrong ones.

    Wrong codes for the phone do not count on a device that is known for it.
    """
    wrong = 0 if origin.is_known else sum(1 for _ in _within(challenge.wrong_at, DAY, at))
    is_long = wrong >= policy.phone_wrong
    return LONG_CODE_DIGITS if is_long else digits_needed(usage, origin, policy)


def issue_code(
    challenge: Challenge,
    code: str,
    salt: bytes,
    policy: CodePolicy,
    at: datetime,
    *,
    is_known_device: bool = False,
) -> Challenge | Refused:
    """Replace the code of a challenge and reset its attempts.

    Returns Refused if the phone is over a limit; its last code then stays valid. A device that is
    known for the phone neither falls under these limits nor uses them up, so that a stranger
    cannot lock the owner out.
    """
    requested_at = challenge.requested_at
    if not is_known_device:
        wait_s = max((_wait_s(challenge, limit, at) for limit in policy.phone_limits), default=0.0)
        if wait_s > 0:
            return Refused("codes_too_many_for_phone", retry_after_s=wait_s)
        longest = timedelta(seconds=policy.longest_phone_window_s)
        requested_at = (*_within(challenge.requested_at, longest, at), at)
    return replace(
        challenge,
        salt=salt,
        code_hash=hash_code(policy.hash_key, salt, code),
        expires_at=at + timedelta(seconds=policy.valid_s),
        attempts_left=policy.attempts,
        requested_at=requested_at,
        exchanged=None,
    )


def check_code(
    challenge: Challenge,
    code: str,
    policy: CodePolicy,
    at: datetime,
    *,
    digits: int = CODE_DIGITS,
) -> tuple[Challenge, Refused | None]:
    """Check a code; return the challenge with the attempt counted, and the refusal if any.

    A right code is used up. A wrong code is refused with `code_wrong`. Every code is refused with
    `code_expired` if the stored one has expired, was used, or has no attempts left. One with fewer
    digits than are needed here is not compared and does not count as an attempt.
    """
    if challenge.attempts_left <= 0 or at >= challenge.expires_at:
        return challenge, Refused("code_expired", pointer="/code")
    if len(code) < digits:
        return challenge, Refused("code_too_short", pointer="/code")
    if hmac.compare_digest(hash_code(policy.hash_key, challenge.salt, code), challenge.code_hash):
        return replace(challenge, attempts_left=0, wrong_at=()), None
    challenge = replace(
        challenge,
        attempts_left=challenge.attempts_left - 1,
        wrong_at=(*_within(challenge.wrong_at, DAY, at), at),
    )
    problem = "code_wrong" if challenge.attempts_left else "code_expired"
    return challenge, Refused(problem, pointer="/code")


def exchanged(
    challenge: Challenge, code: str, key: str, session_id: UUID, policy: CodePolicy, at: datetime
) -> Challenge:
    """Return a challenge whose code has opened a session, for repeats under the same key.

    They are possible for two minutes after the first exchange, however often there is one.
    """
    before = challenge.exchanged
    repeat_until = before.repeat_until if before else at + REPEATED_WITHIN
    repeat_hash = _hash_repeat(challenge, code, key, policy)
    return replace(challenge, exchanged=Exchange(repeat_hash, repeat_until, session_id))


def check_repeat(
    challenge: Challenge, exchange: Exchange, code: str, key: str, policy: CodePolicy, at: datetime
) -> tuple[Challenge, Refused | None]:
    """Check whether a request with a key repeats the exchange of the code.

    Returns the challenge as it is, or with a wrong code counted and the refusal. After a refusal
    nothing can be repeated any more, so that there is one guess at a key.
    """
    if hmac.compare_digest(_hash_repeat(challenge, code, key, policy), exchange.repeat_hash):
        return challenge, None
    wrong_at = (*_within(challenge.wrong_at, DAY, at), at)
    return (
        replace(challenge, exchanged=None, wrong_at=wrong_at),
        Refused("code_expired", pointer="/code"),
    )


def _hash_repeat(challenge: Challenge, code: str, key: str, policy: CodePolicy) -> bytes:
    return hash_code(policy.hash_key, challenge.salt, f"{code} {key}")


def usage_of(code: str, refusal: Refused | None) -> Usage:
    """Return how a compared code is counted; a wrong long code is harmless."""
    if refusal is None:
        return EXCHANGED
    return WRONG if len(code) == CODE_DIGITS else NOTHING


def budget_used(usage: Usage, policy: CodePolicy) -> dict[str, float]:
    """Return the used shares of the platform's budgets of a day: codes sent, and wrong codes."""
    wrong = policy.wrong["platform"] + int(usage.exchanged * _WRONG_PER_EXCHANGED)
    return {"sent": usage.sent / policy.sent["platform"], "wrong": usage.wrong / wrong}


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour in which a request is counted."""
    return datetime.fromtimestamp(at.timestamp() // 3600 * 3600, tz=UTC)


def oldest_hour(at: datetime) -> datetime:
    """Return the oldest hour that limits look at: together, the hours contain the last 24."""
    return hour_of(at) - DAY


def _next_hour_s(at: datetime) -> float:
    return (hour_of(at) + HOUR - at).total_seconds()


def _wait_s(challenge: Challenge, limit: RateLimit, at: datetime) -> float:
    window = timedelta(seconds=limit.window_s)
    recent = list(_within(challenge.requested_at, window, at))
    if len(recent) < limit.count:
        return 0.0
    return (recent[-limit.count] + window - at).total_seconds()


def _within(moments: Iterable[datetime], window: timedelta, at: datetime) -> Iterable[datetime]:
    return (moment for moment in moments if moment > at - window)
