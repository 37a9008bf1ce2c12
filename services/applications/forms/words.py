"""A date that is also asked in words: of two that name different months, one is wrong.

Words are compared by the names of months only, since numbers are spelled in many ways. Words that
name no month that is known here say nothing.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from libs.bangladesh.calendar import MONTHS
from libs.bangladesh.text import normalise
from libs.errors import FieldError
from services.applications.forms.field_errors import field_error_at

_IN_WORDS: Final = "_words"


def words_errors(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Return an error for each date in words that names another month than the date."""
    return tuple(
        field_error_at(schema, (name,), "words_unlike_date")
        for name, words in answers.items()
        if name.endswith(_IN_WORDS)
        and isinstance(words, str)
        and _names_another_month(words, answers.get(name.removesuffix(_IN_WORDS)))
    )


def _names_another_month(words: str, day: object) -> bool:
    try:
        month = date.fromisoformat(str(day)).month
    except ValueError:
        return False
    said = set(normalise(words).casefold().replace(",", " ").split())
    named = {
        number
        for number, names in enumerate(MONTHS, start=1)
        if said & {normalise(name).casefold() for name in names}
    }
    return bool(named) and month not in named
