"""National identity and birth registration numbers: parsing and form.

The source of each rule is reference/id_formats.json. None of these numbers has a public check
digit, so a number that passes is well formed; only the register can tell whether it exists.
"""

import re
from functools import cache
from typing import Final

from libs.bangladesh.geography import districts
from libs.bangladesh.text import Malformed, ascii_digits, normalise

MAX_INPUT_CHARS: Final = 60
EARLIEST_BIRTH_YEAR: Final = "1880"
LATEST_BIRTH_YEAR: Final = "2099"
"""Catches misreadings only; a birth in the future is refused with its full date."""

_SEPARATORS = re.compile(r"[ \n\t\-\u2010-\u2015\u2212]")
_DIGITS = re.compile("[0-9]+")


def parse_nid(text: str) -> str:
    """Return a national identity number of 10, 13 or 17 digits.

    A number of 17 digits is a birth year and 13 digits; one of 13 digits begins with the code of a
    district; the 10 digits of a smart card have no structure.

    Raises:
        Malformed: `not_digits`, `wrong_length`, `unlikely_year` or `unknown_district`.
    """
    number = _digits(text)
    if len(number) not in {10, 13, 17}:
        raise Malformed("wrong_length", "an NID number has 10, 13 or 17 digits")
    if len(number) == 17:
        _check_birth_year(number)
    if len(number) != 10 and number[-13:-11] not in _district_codes():
        raise Malformed("unknown_district", "an NID number names its district")
    return number


def parse_birth_registration_number(text: str) -> str:
    """Return a birth registration number of 17 digits, the first four being the birth year.

    The district that follows is not checked: missions abroad register births, too.

    Raises:
        Malformed: `not_digits`, `wrong_length`, `unlikely_year`, or `handwritten` for the 16 digits
            of the old books, which are not online.
    """
    number = _digits(text)
    if len(number) == 16:
        raise Malformed("handwritten", "a 16-digit number must first be brought online")
    if len(number) != 17:
        raise Malformed("wrong_length", "a birth registration number has 17 digits")
    _check_birth_year(number)
    return number


def _without_separators(text: str) -> str:
    if len(text) > MAX_INPUT_CHARS:
        raise Malformed("wrong_length", "the number is too long")
    return _SEPARATORS.sub("", ascii_digits(normalise(text)))


def _digits(text: str) -> str:
    number = _without_separators(text)
    if not _DIGITS.fullmatch(number):
        raise Malformed("not_digits", "the number holds digits only")
    return number


def _check_birth_year(number: str) -> None:
    if not EARLIEST_BIRTH_YEAR <= number[:4] <= LATEST_BIRTH_YEAR:
        raise Malformed("unlikely_year", "the number begins with the year of birth")


@cache
def _district_codes() -> frozenset[str]:
    return frozenset(district.district_code2 for district in districts())
