"""Mobile numbers of Bangladesh: read as people write them, stored as E.164."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from libs.bangladesh.text import Malformed, ascii_digits, normalise

COUNTRY_CODE: Final = "880"
MAX_INPUT_CHARS: Final = 40

_TABLE: Final = Path(__file__).with_name("reference") / "mobile_prefixes.csv"
_SEPARATORS = re.compile(r"[ \n\t\-\u2010-\u2015\u2212./()\[\]]")
_WRITTEN = re.compile(r"\+?[0-9]+")
_INTERNATIONAL = re.compile(r"^(?:\+|00)")


@cache
def operators() -> Mapping[str, str]:
    """Return the operator of every prefix that the regulator (BTRC) has assigned, by 3 digits.

    Numbers are portable, so a prefix does not tell who serves a number now.
    """
    with _TABLE.open(encoding="utf-8", newline="") as rows:
        return {
            row["prefix"]: row["operator"]
            for row in csv.DictReader(rows)
            if row["state"] == "assigned"
        }


@cache
def _subscriber() -> re.Pattern[str]:
    """The number after the country code: an assigned prefix without its zero, and eight digits."""
    prefixes = "|".join(prefix.removeprefix("0") for prefix in operators())
    return re.compile(f"(?:{prefixes})[0-9]{{8}}")


def parse_mobile(text: str) -> str:
    """Return a Bangladeshi mobile number as E.164, like +8801712345678.

    Reads 017…, 17…, 8801…, +880 1…, +880 (0)1…, 008801… with blanks, hyphens, dots, slashes,
    brackets and Bangla digits.

    Raises:
        Malformed: `empty`, `bad_character`, `foreign` (another country), `wrong_length`, or
            `not_mobile` (no operator has its prefix).
    """
    if len(text) > MAX_INPUT_CHARS:
        raise Malformed("wrong_length", "a mobile number has 11 digits")
    written = _SEPARATORS.sub("", ascii_digits(normalise(text)))
    if not written:
        raise Malformed("empty", "a mobile number is needed")
    if not _WRITTEN.fullmatch(written):
        raise Malformed("bad_character", "a mobile number holds digits only")
    digits = _INTERNATIONAL.sub("", written, count=1)
    if digits != written and not digits.startswith(COUNTRY_CODE):
        raise Malformed("foreign", "only numbers of Bangladesh receive our messages")
    subscriber = digits.removeprefix(COUNTRY_CODE).removeprefix("0")
    if len(subscriber) != 10:
        raise Malformed("wrong_length", "a mobile number has 11 digits")
    if not _subscriber().fullmatch(subscriber):
        raise Malformed("not_mobile", "a mobile number begins with 013 to 019")
    return f"+{COUNTRY_CODE}{subscriber}"


def national(e164: str) -> str:
    """Return the 11 digits that people in Bangladesh dial, for a screen or a letter.

    Raises:
        Malformed: the number is not what parse_mobile returns.
    """
    subscriber = e164.removeprefix(f"+{COUNTRY_CODE}")
    if subscriber == e164 or not _subscriber().fullmatch(subscriber):
        raise Malformed("not_e164", "not a mobile number in E.164")
    return f"0{subscriber}"


def mask(e164: str) -> str:
    """Return the 11 digits with all but the last three hidden.

    For the screen of the number's owner. Not for logs: those carry no number at all.
    """
    return "*" * 8 + national(e164)[-3:]
