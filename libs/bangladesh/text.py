"""Bangla and English text: normal form, search key, and digits.

Bangla can be written with several code point sequences that look the same; without one form per
text, equal names compare unequal and unique keys do not hold.
"""

import re
import unicodedata
from math import isfinite
from typing import Final, TypeAlias

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

MAX_DEPTH: Final = 64
"""Levels of nesting in a form; our deepest form has five."""

MAX_INT_DIGITS: Final = 18
LARGEST_NUMBER: Final = 10**MAX_INT_DIGITS - 1
"""Every number of 18 digits fits PostgreSQL's bigint."""

# Zero-width and directional marks: invisible, so two texts that look equal differ. ZWJ is treated
# apart: after র it chooses between র‍্য (as in র‍্যাব) and the reph form, which readers do see.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_IDLE_JOINER = re.compile("(?<!\u09b0)\u200d")
_BLANKS = re.compile("[ \t\r\n\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_LINE_BREAK = re.compile("[\r\n\u0085\u2028\u2029]")
# PostgreSQL cannot store NUL, UTF-8 cannot carry a lone surrogate, and the other control
# characters forge lines in terminals and exports.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

_TO_ASCII = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_TO_BANGLA = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
_PLAIN_DIGITS = re.compile("[0-9]+")

# Letters that a Bangla typist mixes up by their sound. The order matters: the nukta letters
# are two code points in NFC and must be read before the bare letters.
_SOUND_ALIKE: Final = (
    ("\u09af\u09bc", "\u09df"),  # য় is a vowel glide, not a য
    ("\u09a1\u09bc", "\u09b0"),  # ড় as র
    ("\u09a2\u09bc", "\u09b0"),  # ঢ় as র
    ("\u0995\u09cd\u09b7", "খ"),  # ক্ষ is said খ
    ("\u09cd\u09af", ""),  # য-ফলা
    ("\u09c3", "\u09b0\u09bf"),  # ৃ as রি
    ("ঋ", "রি"),
    ("ৎ", "ত"),
    ("\u09cd", ""),  # hasanta: a cluster is its letters
    ("\u09bc", ""),
)
_SAME_SOUND = str.maketrans(
    {"ী": "ি", "ূ": "ু", "ঈ": "ই", "ঊ": "উ", "ণ": "ন", "শ": "স", "ষ": "স", "য": "জ", "ঙ": "ং"}
    | {"\u0981": None, "\u0983": None, "\u200d": None}  # chandrabindu, visarga, joiner
)


class Malformed(ValueError):
    """Text from outside is not well formed; the message does not contain the text."""

    def __init__(self, reason: str, message: str, *, pointer: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.pointer = pointer


def normalise(text: str) -> str:
    """Return text in its normal form, in which it is stored and compared.

    That is NFC (which keeps ড়, ঢ় and য় as two code points), without invisible characters except
    ZWJ after র, with a single space for a run of blanks, or a line break if the run has one, and
    without blanks at the ends.
    """
    if _is_normal(text):
        return text
    visible = _IDLE_JOINER.sub("", _INVISIBLE.sub("", text))
    spaced = _BLANKS.sub(lambda run: "\n" if _LINE_BREAK.search(run[0]) else " ", visible)
    return unicodedata.normalize("NFC", spaced.strip(" \n"))


def _is_normal(text: str) -> bool:
    """Whether text is certainly in normal form; a cheap check that most text passes.

    `str.isprintable` is false for invisible and forbidden characters, and for blanks other than the
    space.
    """
    return (
        text.isprintable()
        and "  " not in text
        and text == text.strip(" ")
        and unicodedata.is_normalized("NFC", text)
    )


def ascii_digits(text: str) -> str:
    """Write Bangla digits as 0 to 9 and leave everything else, other scripts' digits included."""
    return text.translate(_TO_ASCII)


def bangla_digits(value: str | int) -> str:
    """Write 0 to 9 as Bangla digits and leave everything else."""
    return str(value).translate(_TO_BANGLA)


def parse_int(text: str) -> int:
    """Read a number in digits 0 to 9 or Bangla digits; use it for all numbers from outside.

    Python's own int() also accepts digits of other scripts, signs, blanks and underscores.

    Raises:
        Malformed: a character is not such a digit, or there are more than 18.
    """
    plain = ascii_digits(text)
    if not _PLAIN_DIGITS.fullmatch(plain):
        raise Malformed("not_digits", "a number is written in digits only")
    if len(plain) > MAX_INT_DIGITS:
        raise Malformed("too_long", f"a number has at most {MAX_INT_DIGITS} digits")
    return int(plain)


def has_forbidden(text: str) -> bool:
    """Whether text has NUL, an unpaired surrogate, or a control character but tab or line feed."""
    return not text.isprintable() and _FORBIDDEN.search(text) is not None


def blank_forbidden(text: str) -> str:
    """Return text with a space in the place of every character that `has_forbidden` finds."""
    return text if text.isprintable() else _FORBIDDEN.sub(" ", text)


def initials(name: str, most: int = 3) -> str:
    """Return the first letters of the words of a name, each with a full stop; empty without any."""
    letters = ([sign for sign in word if _is_letter(sign)] for word in normalise(name).split())
    return "".join(f"{first.upper()}." for first, *_ in [*filter(None, letters)][:most])


def _is_letter(sign: str) -> bool:
    return sign.isalpha()  # house: ascii-digits (a vowel sign is no initial)


def fold_for_search(text: str) -> str:
    """Return a search key that different spellings of a Bangla word share; never shown.

    Case, digits, vowel length, ণ/ন, শ/ষ/স, য/জ, ড়/র, ঙ/ং, য-ফলা, hasanta and chandrabindu make no
    difference.
    """
    folded = unicodedata.normalize("NFC", ascii_digits(normalise(text)).casefold())
    for spelling, sound in _SOUND_ALIKE:
        folded = folded.replace(spelling, sound)
    return folded.translate(_SAME_SOUND)


def normalise_form(value: JSON) -> JSON:
    """Normalise every text in a form's answers; keys are checked and not changed.

    A changed key could become equal to another one, and an answer would be lost.

    Raises:
        Malformed: a text or key has a control character, a number is not finite or has more than
            18 digits, a value is not JSON, or nesting is over 64 levels. Its `pointer` (RFC 6901)
            names the place.
    """
    return value if _all_normal(value, MAX_DEPTH) else _normalise_at(value, "", MAX_DEPTH)


def _all_normal(value: JSON, depth_left: int) -> bool:
    """Whether all texts are in normal form and valid, as in most forms."""
    match value:
        case str():
            return _is_normal(value)
        case dict():
            return depth_left > 0 and all(
                type(key) is str and key.isprintable() and _all_normal(item, depth_left - 1)
                for key, item in value.items()
            )
        case list():
            return depth_left > 0 and all(_all_normal(item, depth_left - 1) for item in value)
        case _:
            return value is None or (isinstance(value, int) and abs(value) <= LARGEST_NUMBER)


def _normalise_at(value: JSON, pointer: str, depth_left: int) -> JSON:
    if isinstance(value, str):
        return _normalise_text(value, pointer)
    if isinstance(value, dict | list):
        if depth_left == 0:
            raise Malformed("too_deep", f"{pointer}: nested too deep", pointer=pointer)
        if isinstance(value, list):
            return [
                _normalise_at(item, f"{pointer}/{index}", depth_left - 1)
                for index, item in enumerate(value)
            ]
        return {
            key: _normalise_at(item, _pointer_to(key, pointer), depth_left - 1)
            for key, item in value.items()
        }
    if value is None:
        return value
    if not isinstance(value, int | float) or not isfinite(value):
        raise Malformed("not_json", f"{pointer}: not a JSON value", pointer=pointer)
    if abs(value) > LARGEST_NUMBER:
        raise Malformed("number_too_long", f"{pointer}: over 18 digits", pointer=pointer)
    return value


def _normalise_text(text: str, pointer: str) -> str:
    normal = normalise(text)
    if has_forbidden(normal):
        raise Malformed("control_character", f"{pointer}: control character", pointer=pointer)
    return normal


def _pointer_to(key: str, parent: str) -> str:
    if not isinstance(key, str):
        raise Malformed("not_json", f"{parent}: a key is not text", pointer=parent)
    if has_forbidden(key):
        message = f"{parent}: a key holds a control character"
        raise Malformed("control_character", message, pointer=parent)
    return f"{parent}/{key.replace('~', '~0').replace('/', '~1')}"
