import pytest

from services.applications.forms.dates import words_errors
from services.applications.forms.rules import compile_form
from tests.services.applications.forms.scenes import bundled


@pytest.mark.parametrize(
    ("words", "is_right"),
    [
        ("দশই নভেম্বর দুই হাজার ছাব্বিশ", True),
        ("tenth of November, two thousand twenty-six", True),
        ("দশই নভেম্বার দুই হাজার ছাব্বিশ", True),  # spelled as nobody here knows
        ("পঁচিশে ডিসেম্বর দুই হাজার ছাব্বিশ", False),
        ("twenty-fifth of december", False),
    ],
)
def test_a_date_in_words_names_the_month_of_the_date(words: str, is_right: bool) -> None:
    """Another month is said at its field; whoever spells a month in another way is let pass."""
    schema = compile_form(bundled("S001"), ()).schema
    found = words_errors(schema, {"birth_date": "2026-11-10", "birth_date_words": words})
    assert [error.code for error in found] == ([] if is_right else ["words_unlike_date"])
    assert all("অন্য মাস" in error.message_bn for error in found)


@pytest.mark.parametrize("day", [None, "soon", 5])
def test_without_a_date_words_say_nothing(day: object) -> None:
    """The date has an error of its own."""
    answers = {"birth_date": day, "birth_date_words": "পঁচিশে ডিসেম্বর"}
    assert words_errors({}, answers) == ()
