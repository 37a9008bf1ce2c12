"""The signed list of papers that do not hold any more."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, time
from functools import lru_cache
from typing import Any, Final

from libs.bangladesh.calendar import DHAKA, dhaka_date

_MARK_BYTES: Final = 12
_SALT: Final = b"ended papers"
_ITERATIONS: Final = 600
"""There are 1.2e16 numbers: one graphics card would hash all of them once within a week."""
_MOST_KEPT: Final = 100_000
_STATES: Final = ("withdrawn", "replaced")


def as_of(ended: Sequence[tuple[str, str, datetime]], now: datetime) -> datetime:
    """Return until when a list has what was known: its last change, or the beginning of the day.

    So it is the same all day for whoever asks, but for a change.
    """
    begin = datetime.combine(dhaka_date(now), time.min, DHAKA)
    return max([begin, *(at for _, _, at in ended)])


def claims_of(
    body: str, ended: Sequence[tuple[str, str, datetime]], at: datetime
) -> dict[str, Any]:
    """Return what a list says: numbers as marks, so that nobody finds papers by it."""
    marks = {state: [mark(number) for number, now, _ in ended if now == state] for state in _STATES}
    return {"b": body, "t": at.isoformat(), "w": marks["withdrawn"], "r": marks["replaced"]}


@lru_cache(maxsize=_MOST_KEPT)
def mark(number: str) -> str:
    """Return what stands for the number of a paper in a list.

    It is slow on purpose (PBKDF2, RFC 8018): whoever tries all numbers needs years.
    """
    made = hashlib.pbkdf2_hmac("sha256", number.encode(), _SALT, _ITERATIONS, _MARK_BYTES)
    return urlsafe_b64encode(made).decode()
