"""Time-ordered ids, derived ids, and numbers that can be dictated on the phone.

Nothing else in the project makes random ids.
"""

import re
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from typing import Final
from uuid import UUID

from libs.bangladesh.text import Malformed, ascii_digits, normalise

NAMESPACE: Final = UUID("5f2c1d0e-6a0b-5b57-9d0c-6e61676f7269")
"""The namespace of derived ids; changing it makes every replayed event a new one."""

ALPHABET: Final = "0123456789ACDEFGHJKMNPQRTVWXY"
"""29 symbols; of look-alikes (0/O, 1/I/L, 2/Z, 5/S, 8/B, V/U) only the first is used."""

TYPED_ALPHABET: Final = "acdefghjkmnprtvwxy3467"
"""22 symbols of which none looks like another: also none is 0, 1, 2, 5, 8 or 9."""

PAYLOAD_SYMBOLS: Final = 14
PREFIX: Final = "NS"
CODE_SYMBOLS: Final = 10
PAPER_SYMBOLS: Final = 12
MAX_INPUT_CHARS: Final = 60

_TYPED_GROUPS: Final = 4
_TYPED_SYMBOLS: Final = 5
_PAYLOADS: Final = len(ALPHABET) ** PAYLOAD_SYMBOLS
_WEIGHTS: Final = range(PAYLOAD_SYMBOLS + 1, 0, -1)  # from 15 for the first symbol to 1

_NAMED: Final = sha1(NAMESPACE.bytes, usedforsecurity=False)  # each name is hashed from here on
_BELOW_MILLISECOND: Final = 80
_NEITHER_VERSION_NOR_VARIANT: Final = (1 << 76) - (1 << 64) | (1 << 62) - 1
_VERSION_8: Final = 0x8 << 76 | 0b10 << 62
_SERIAL_BITS: Final = 74
_STEP_BITS: Final = 32
_LOOK_ALIKE = str.maketrans("OILZSBU", "011258V")
_SEPARATORS = re.compile(r"[ \n\t\-\u2010-\u2015\u2212._/:,;#]")
_SYMBOLS = re.compile(f"[{ALPHABET}]+")
_SYMBOL_VALUE: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}


class SerialNumbers:
    """Serial numbers for the 74 bits below the millisecond, growing within one millisecond.

    RFC 9562, section 6.2, method 2: a random start, then random steps, so that the next id cannot
    be guessed from the last.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_ms = -1
        self._serial = 0

    def next(self, at_ms: int, *, never_back: bool) -> tuple[int, int]:
        """Return a moment in ms and a serial number greater than the last of that moment."""
        with self._lock:
            if never_back:
                at_ms = max(at_ms, self._at_ms)
            if at_ms == self._at_ms:
                self._serial += 1 + secrets.randbits(_STEP_BITS)
            else:
                # The top bit stays clear, which leaves room for 2**40 steps.
                self._at_ms, self._serial = at_ms, secrets.randbits(_SERIAL_BITS - 1)
            return at_ms, self._serial


_NOW = SerialNumbers()
_GIVEN = SerialNumbers()


def new_typed_secret() -> str:
    """Return a random secret that a person copies from paper or a screen.

    89 bits in four groups: enough where it is stored as a hash, tries are counted and it ends in a
    day.
    """
    return "-".join(
        "".join(secrets.choice(TYPED_ALPHABET) for _ in range(_TYPED_SYMBOLS))
        for _ in range(_TYPED_GROUPS)
    )


def new_id(at: datetime | None = None) -> UUID:
    """Return a UUID of version 7 (RFC 9562): ids sort by the millisecond of their creation.

    Within a process, ids without `at` always increase, also within a millisecond and when the clock
    is set back.

    Args:
        at: the moment to use instead of now, with its time zone, from 1970 on.

    Raises:
        ValueError: the moment has no time zone or lies before 1970.
    """
    if at is None:
        return _uuid7(*_NOW.next(time.time_ns() // 1_000_000, never_back=True))
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    since_epoch = at - datetime(1970, 1, 1, tzinfo=UTC)
    if since_epoch.days < 0:
        raise ValueError("ids begin in 1970")
    at_ms = since_epoch.days * 86_400_000 + since_epoch.seconds * 1_000
    return _uuid7(*_GIVEN.next(at_ms + since_epoch.microseconds // 1_000, never_back=False))


def created_at(time_ordered: UUID) -> datetime:
    """Return the millisecond in which an id of `new_id` was made."""
    since_epoch = timedelta(milliseconds=time_ordered.int >> _BELOW_MILLISECOND)
    return datetime(1970, 1, 1, tzinfo=UTC) + since_epoch


def derived_id(cause: UUID, purpose: str) -> UUID:
    """Return the id that a cause has for a purpose, the same in every run and process.

    A handler that runs twice therefore announces the same event. The first 48 bits, the millisecond
    of a time-ordered id, are those of the cause, so that the rows of one application are adjacent
    in every index.
    """
    digest = _NAMED.copy()
    digest.update(cause.bytes + purpose.encode())
    return hashed_id(digest.digest(), first_bits=cause.int >> _BELOW_MILLISECOND)


def hashed_id(digest: bytes, *, first_bits: int) -> UUID:
    """Return a UUID of version 8 (RFC 9562, section 5.8) made from a digest.

    Args:
        digest: at least 10 bytes, of which 74 bits are used.
        first_bits: the first 48 bits.
    """
    rest = int.from_bytes(digest[:10], "big") & _NEITHER_VERSION_NOR_VARIANT
    return UUID(int=first_bits << _BELOW_MILLISECOND | _VERSION_8 | rest)


def new_tracking_number(random_bits: UUID | int) -> str:
    """Return the tracking number of a random id, like NS-7K4M9-PXRT3-HC2DN.

    14 symbols of 29 give 29**14 = 3.0e20 numbers (68 bits). Among 100 million applications the
    chance that any two share one is n**2 / 2N = 1e16 / 6e20 = 2e-5; a guess hits one of them once
    in 3e12 tries. The bits are hashed, so tracking numbers of one millisecond are not alike. The
    last symbol makes the sum of value times weight zero modulo 29, all 15 weights being different
    and 29 prime: any one wrong symbol and any two swapped ones change the sum.

    Args:
        random_bits: a version 4 or 7 UUID, or at least 68 random bits below 2**128.

    Raises:
        ValueError: the number is negative or has more than 128 bits.
    """
    number = random_bits.int if isinstance(random_bits, UUID) else random_bits
    if not 0 <= number < 1 << 128:
        raise ValueError("a tracking number is made of at most 128 bits")
    rest = int.from_bytes(sha256(number.to_bytes(16, "big")).digest(), "big") % _PAYLOADS
    payload, weighted_sum = "", 0
    for weight in _WEIGHTS[:-1]:
        rest, value = divmod(rest, len(ALPHABET))
        payload += ALPHABET[value]
        weighted_sum += weight * value
    return _written(payload + ALPHABET[-weighted_sum % len(ALPHABET)])


def parse_tracking_number(text: str) -> str:
    """Return a tracking number in the form of `new_tracking_number`, from any spelling of it.

    Accepts small letters, Bangla digits, other separators or none, a missing NS, and the look-alike
    in place of a symbol (O for 0, B for 8, …).

    Raises:
        Malformed: `bad_character`, `wrong_length`, or `wrong_check` when a symbol is wrong or two
            are swapped.
    """
    if len(text) > MAX_INPUT_CHARS:
        raise Malformed("wrong_length", "a tracking number has 15 letters and digits after NS")
    symbols = _symbols_in(text)
    if len(symbols) == PAYLOAD_SYMBOLS + 1 + len(PREFIX):
        symbols = symbols.removeprefix(PREFIX.translate(_LOOK_ALIKE))
    if len(symbols) != PAYLOAD_SYMBOLS + 1:
        raise Malformed("wrong_length", "a tracking number has 15 letters and digits after NS")
    if not _SYMBOLS.fullmatch(symbols):
        raise Malformed("bad_character", "a tracking number holds letters and digits only")
    if _sum_of(symbols) % len(ALPHABET):
        raise Malformed("wrong_check", "a letter or digit of the tracking number is wrong")
    return _written(symbols)


def code_of(digest: bytes) -> str:
    """Return a code of 10 symbols like 7K4M9-PXRT3, made from a keyed hash: one of 4.2e14."""
    rest, symbols = int.from_bytes(digest, "big"), ""
    for _ in range(CODE_SYMBOLS):
        rest, value = divmod(rest, len(ALPHABET))
        symbols += ALPHABET[value]
    return f"{symbols[:5]}-{symbols[5:]}"


def parse_code(text: str) -> str:
    """Return a code in the form of `code_of`, from any spelling of it.

    Raises:
        Malformed: it has another length, or other characters.
    """
    symbols = _symbols_in(text)
    if len(symbols) != CODE_SYMBOLS:
        raise Malformed("wrong_length", "a code has 10 letters and digits")
    if not _SYMBOLS.fullmatch(symbols):
        raise Malformed("bad_character", "a code holds letters and digits only")
    return f"{symbols[:5]}-{symbols[5:]}"


def paper_number(digest: bytes) -> str:
    """Return the number of a decision paper like 7K4M-9PXR-T3H5, made from a keyed hash.

    11 symbols of 29 give 1.2e16 numbers: among 100 million papers a guess hits one in 1e8 tries.
    The last one is the check digit, as in a tracking number.
    """
    rest, payload = int.from_bytes(digest, "big"), ""
    for _ in range(PAPER_SYMBOLS - 1):
        rest, value = divmod(rest, len(ALPHABET))
        payload += ALPHABET[value]
    wrong_by = _sum_of(payload + ALPHABET[0])
    return _in_fours(payload + ALPHABET[-wrong_by % len(ALPHABET)])


def parse_paper_number(text: str) -> str:
    """Return the number of a decision paper in the form of `paper_number`, from any spelling of it.

    Raises:
        Malformed: `bad_character`, `wrong_length`, or `wrong_check` when a symbol is wrong or two
            are swapped.
    """
    symbols = _symbols_in(text) if len(text) <= MAX_INPUT_CHARS else ""
    if len(symbols) != PAPER_SYMBOLS:
        raise Malformed("wrong_length", "the number of a paper has 12 letters and digits")
    if not _SYMBOLS.fullmatch(symbols):
        raise Malformed("bad_character", "the number of a paper holds letters and digits only")
    if _sum_of(symbols) % len(ALPHABET):
        raise Malformed("wrong_check", "a letter or digit of the number is wrong")
    return _in_fours(symbols)


def _sum_of(symbols: str) -> int:
    """Add up value times weight; the last symbol has the weight one."""
    weights = range(len(symbols), 0, -1)
    return sum(w * _SYMBOL_VALUE[symbol] for w, symbol in zip(weights, symbols, strict=True))


def _in_fours(symbols: str) -> str:
    return "-".join([symbols[:4], symbols[4:8], symbols[8:]])


def _symbols_in(text: str) -> str:
    written = _SEPARATORS.sub("", ascii_digits(normalise(text))).upper()
    return written.translate(_LOOK_ALIKE)


def _written(symbols: str) -> str:
    return "-".join([PREFIX, symbols[:5], symbols[5:10], symbols[10:]])


def _uuid7(at_ms: int, serial: int) -> UUID:
    high, low = serial >> 62, serial & ((1 << 62) - 1)
    return UUID(int=at_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
