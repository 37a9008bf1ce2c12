"""One-time codes: how often one may be asked for, how long it lives, and when it opens the door."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from libs.bangladesh.text import ascii_digits, normalise
from libs.errors import FieldError, Refused, Unreadable

CODE_DIGITS: Final = 6
CODES: Final = 10**CODE_DIGITS
SALT_BYTES: Final = 16

_NOT_A_CODE = FieldError(
    "/code",
    "not_a_code",
    "এসএমএসে পাওয়া ৬ সংখ্যার কোডটি লিখুন।",
    "Type the code of 6 digits from the SMS.",
)
_PRINTED_BETWEEN = " -\u2013\u2010\u2011"


class TooMany(Refused):
    """Codes were asked for too often.

    Args:
        retry_after_s: seconds until the next one may be asked for.
    """

    def __init__(self, code: str, retry_after_s: int) -> None:
        super().__init__(code)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many codes within so many seconds."""

    most: int
    within_s: int


@dataclass(frozen=True, slots=True)
class CodeRules:
    """What the settings say about codes; `limits` hold for one phone each."""

    valid_s: int
    tries: int
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Challenge:
    """The one code that a phone may show now, and when codes were asked for (oldest first).

    `citizen_id` is the citizen's, or the one kept for whoever proves to hold an unknown phone.
    """

    phone: str
    citizen_id: UUID
    salt: bytes
    code_hash: bytes
    expires_at: datetime
    tries_left: int
    asked_at: tuple[datetime, ...]


def code_from(number: int) -> str:
    """Write a random number below `CODES` as a code."""
    return f"{number:0{CODE_DIGITS}d}"


def read_code(text: str) -> str:
    """Return the digits of a code, however a person typed it: Bangla digits, blanks, hyphens.

    Raises:
        Unreadable: there are not six digits.
    """
    digits = ascii_digits(normalise(text)).translate({ord(mark): None for mark in _PRINTED_BETWEEN})
    if len(digits) != CODE_DIGITS or not (digits.isascii() and digits.isdecimal()):
        raise Unreadable("wrong_shape", "not a one-time code", field_errors=(_NOT_A_CODE,))
    return digits


def hash_code(key: bytes, salt: bytes, code: str) -> bytes:
    """Return what is kept of a code (docs/decisions/0007-one-time-codes.md says why HMAC)."""
    return hmac.digest(key, salt + code.encode(), sha256)


def ask(
    challenge: Challenge, salt: bytes, code_hash: bytes, rules: CodeRules, at: datetime
) -> Challenge:
    """Put a new code in the place of the last one.

    Raises:
        TooMany: the phone asked too often; nothing changes, and the last code stays as it was.
    """
    wait_s = max((_wait_s(challenge.asked_at, limit, at) for limit in rules.limits), default=0)
    if wait_s > 0:
        raise TooMany("codes_too_many_for_phone", wait_s)
    longest_s = max((limit.within_s for limit in rules.limits), default=0)
    return replace(
        challenge,
        salt=salt,
        code_hash=code_hash,
        expires_at=at + timedelta(seconds=rules.valid_s),
        tries_left=rules.tries,
        asked_at=(*_within(challenge.asked_at, longest_s, at), at),
    )


def show(challenge: Challenge, code: str, key: bytes, at: datetime) -> tuple[Challenge, bool]:
    """Try a code: returns the challenge with that try counted, and whether the code was right.

    A right code is used up with it.

    Raises:
        Refused: there is no living code: expired, used, or tried too often (`code_expired`).
    """
    if challenge.tries_left <= 0 or at >= challenge.expires_at:
        raise Refused("code_expired", pointer="/code")
    right = hmac.compare_digest(hash_code(key, challenge.salt, code), challenge.code_hash)
    return replace(challenge, tries_left=0 if right else challenge.tries_left - 1), right


def check_address(asked: int, limit: Limit, at: datetime) -> None:
    """Let an address ask for a code, `asked` being its count in the current window.

    Raises:
        TooMany: the address asked for more than the limit (0 for none) in this window.
    """
    if limit.most and asked > limit.most:
        end = window_start(at, limit.within_s) + timedelta(seconds=limit.within_s)
        raise TooMany("codes_too_many_for_address", _whole_seconds(end - at))


def window_start(at: datetime, within_s: int) -> datetime:
    """Return when the counting window that holds `at` began."""
    return datetime.fromtimestamp(at.timestamp() // within_s * within_s, tz=UTC)


def _wait_s(asked_at: tuple[datetime, ...], limit: Limit, at: datetime) -> int:
    recent = list(_within(asked_at, limit.within_s, at))
    if len(recent) < limit.most:
        return 0
    return _whole_seconds(recent[-limit.most] + timedelta(seconds=limit.within_s) - at)


def _within(moments: Iterable[datetime], within_s: int, at: datetime) -> Iterable[datetime]:
    return (moment for moment in moments if moment > at - timedelta(seconds=within_s))


def _whole_seconds(span: timedelta) -> int:
    return max(1, -(-span // timedelta(seconds=1)))  # rounded up
