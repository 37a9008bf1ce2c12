"""Answers in words, as they are checked before they are sent."""

import pytest

from libs.pages.forms.questions import Question
from libs.pages.forms.summary import lines_of
from tests.libs.pages.scenes import filling


@pytest.mark.parametrize(
    ("public_service_id", "name", "typed", "bangla", "english"),
    [
        ("S001", "birth_order", "2", "২", "2"),
        ("S002", "mobile", "০১৭১২-৩৪৫৬৭৮", "০১৭১২-৩৪৫৬৭৮", "01712-345678"),
        ("S002", "nid", "1234567890", "১২৩৪৫৬৭৮৯০", "1234567890"),
        ("S020", "pages", "48", "৪৮", "48"),
    ],
)
def test_numbers_are_shown_in_the_digits_of_the_language(
    public_service_id: str, name: str, typed: str, bangla: str, english: str
) -> None:
    """Whichever digits were typed."""
    [line] = lines_of(_question(public_service_id, name), {name: typed})
    assert line.value is not None
    assert (line.value.bn, line.value.en) == (bangla, english)


@pytest.mark.parametrize("month", ["12", "ডিসেম্বর", "Dec"])
def test_a_day_is_taken_with_the_name_of_its_month(month: str) -> None:
    """As it is said; what is sent is the day, and it is shown in words."""
    typed = {"birth_date.day": "৬", "birth_date.month": month, "birth_date.year": "2026"}
    assert filling("S001", typed).body["birth_date"] == "2026-12-06"
    [line] = lines_of(_question("S001", "birth_date"), typed)
    assert line.value is not None
    assert (line.value.bn, line.value.en) == ("৬ ডিসেম্বর ২০২৬", "6 December 2026")


def _question(public_service_id: str, name: str) -> Question:
    return next(
        question for question in filling(public_service_id).form.questions if question.name == name
    )
