"""Dates that a schema cannot check: in words, and of the issue of a paper."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from libs.bangladesh.calendar import MONTHS
from libs.bangladesh.text import JSON, normalise
from libs.errors import FieldError
from services.applications.forms.field_errors import field_error_at
from services.applications.forms.papers import PAPER
from services.applications.forms.paths import objects_at

_IN_WORDS: Final = "_words"
_ISSUED: Final = "issued_on"


def words_errors(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Return an error for each date in words that names another month than the date.

    Words are compared by the names of months only, since numbers are spelled in many ways. Words
    that name no month that is known here say nothing.
    """
    return tuple(
        field_error_at(schema, (name,), "words_unlike_date")
        for name, words in answers.items()
        if name.endswith(_IN_WORDS)
        and isinstance(words, str)
        and _names_another_month(words, answers.get(name.removesuffix(_IN_WORDS)))
    )


def issue_errors(
    schema: Mapping[str, Any], papers: Mapping[str, Any], answers: JSON, today: date
) -> Iterator[FieldError]:
    """Check that no paper is said to be issued later than today.

    Args:
        schema: the schema of the form, for labels.
        papers: the schema without everything that is neither a paper nor around one.
        answers: the answers.
        today: the day in Dhaka.
    """
    for path, paper in objects_at(papers, PAPER, answers, []):
        if str(paper.get(_ISSUED) or "") > today.isoformat():
            yield field_error_at(schema, [*path, _ISSUED], "issued_later")


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
