"""One-time codes: rate limits, validity, attempts."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from libs.bangladesh.text import ascii_digits, normalise
from libs.errors import FieldError, Refused, Unreadable

CODE_DIGITS: Final = 6
CODES: Final = 10**CODE_DIGITS

_NOT_A_CODE = FieldError(
    "/code",
    "not_a_code",
    "এসএমএসে পাওয়া ৬ সংখ্যার কোডটি লিখুন।",
    "Type the code of 6 digits from the SMS.",
)
_SEPARATORS = " -\u2013\u2010\u2011"


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
        phone_limits: limits on the requests for one phone.
        address_limit: limit on the requests from one address, in fixed windows; 0 is no limit.
    """

    hash_key: bytes = field(repr=False)
    valid_s: int
    attempts: int
    phone_limits: tuple[RateLimit, ...]
    address_limit: RateLimit

    @property
    def longest_phone_window_s(self) -> int:
        """Seconds after which a request counts for no phone limit."""
        return max((limit.window_s for limit in self.phone_limits), default=0)


@dataclass(frozen=True, slots=True)
class Challenge:
    """The hash of a phone's valid code, and the times of code requests, oldest first.

    `citizen_id` is reserved for the new citizen if the phone is unknown.
    """

    phone: str
    citizen_id: UUID
    salt: bytes
    code_hash: bytes
    expires_at: datetime
    attempts_left: int
    requested_at: tuple[datetime, ...]


def code_from(number: int) -> str:
    """Return a number below `CODES` as a code of six digits."""
    return f"{number:0{CODE_DIGITS}d}"


def read_code(text: str) -> str:
    """Return the digits of a typed code; Bangla digits, blanks and hyphens are accepted.

    Raises:
        Unreadable: there are not six digits.
    """
    digits = ascii_digits(normalise(text)).translate({ord(mark): None for mark in _SEPARATORS})
    if len(digits) != CODE_DIGITS or not (digits.isascii() and digits.isdecimal()):
        raise Unreadable("wrong_shape", "not a one-time code", field_errors=(_NOT_A_CODE,))
    return digits


def hash_code(key: bytes, salt: bytes, code: str) -> bytes:
    """Return the stored form of a code (docs/decisions/0007-one-time-codes.md says why HMAC)."""
    return hmac.digest(key, salt + code.encode(), sha256)


def issue_code(
    challenge: Challenge, code: str, salt: bytes, policy: CodePolicy, at: datetime
) -> Challenge | Refused:
    """Replace the code of a challenge and reset its attempts.

    Returns Refused if the phone is over a limit; its last code then stays valid.
    """
    wait_s = max((_wait_s(challenge, limit, at) for limit in policy.phone_limits), default=0.0)
    if wait_s > 0:
        return Refused("codes_too_many_for_phone", retry_after_s=wait_s)
    return replace(
        challenge,
        salt=salt,
        code_hash=hash_code(policy.hash_key, salt, code),
        expires_at=at + timedelta(seconds=policy.valid_s),
        attempts_left=policy.attempts,
        requested_at=(*_within(challenge.requested_at, policy.longest_phone_window_s, at), at),
    )


def check_code(
    challenge: Challenge, code: str, policy: CodePolicy, at: datetime
) -> tuple[Challenge, Refused | None]:
    """Check a code; return the challenge with the attempt counted, and the refusal if any.

    A right code is used up. A wrong code is refused with `code_wrong`. Every code is refused with
    `code_expired` if the stored one has expired, was used, or has no attempts left.
    """
    if challenge.attempts_left <= 0 or at >= challenge.expires_at:
        return challenge, Refused("code_expired", pointer="/code")
    if hmac.compare_digest(hash_code(policy.hash_key, challenge.salt, code), challenge.code_hash):
        return replace(challenge, attempts_left=0), None
    challenge = replace(challenge, attempts_left=challenge.attempts_left - 1)
    problem = "code_wrong" if challenge.attempts_left else "code_expired"
    return challenge, Refused(problem, pointer="/code")


def check_addresses(
    addresses: Sequence[str], counts: Mapping[str, int], limit: RateLimit, at: datetime
) -> list[Refused | None]:
    """Return, per request, a refusal if its address is over the limit, else None.

    Args:
        addresses: the address of each request, in the order of arrival.
        counts: requests per address in the current window, these included.
        limit: the limit of one address.
        at: the current time.
    """
    window_end = window_start(at, limit.window_s) + timedelta(seconds=limit.window_s)
    wait_s = (window_end - at).total_seconds()
    remaining = dict(counts)
    refusals: list[Refused | None] = []
    for address in reversed(addresses):
        is_over = limit.count and remaining[address] > limit.count
        refusals.append(
            Refused("codes_too_many_for_address", retry_after_s=wait_s) if is_over else None
        )
        remaining[address] -= 1
    return refusals[::-1]


def window_start(at: datetime, window_s: int) -> datetime:
    """Return the start of the counting window that contains `at`."""
    return datetime.fromtimestamp(at.timestamp() // window_s * window_s, tz=UTC)


def _wait_s(challenge: Challenge, limit: RateLimit, at: datetime) -> float:
    recent = list(_within(challenge.requested_at, limit.window_s, at))
    if len(recent) < limit.count:
        return 0.0
    return (recent[-limit.count] + timedelta(seconds=limit.window_s) - at).total_seconds()


def _within(moments: Iterable[datetime], window_s: int, at: datetime) -> Iterable[datetime]:
    return (moment for moment in moments if moment > at - timedelta(seconds=window_s))
