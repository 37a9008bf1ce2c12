import pytest

from services.applications.forms.spelling import spelled

NID = {"type": "string", "pattern": "^(?:[0-9]{10}|[0-9]{13}|[0-9]{17})$"}
PASSPORT = {"type": "string", "pattern": "^(?:[A-Z][0-9]{8}|[A-Z]{2}[0-9]{7})$"}
NAME = {"type": "string", "pattern": "^[A-Za-z .'()-]+$"}
DAY = {"type": "string", "format": "date"}


@pytest.mark.parametrize(
    ("schema", "typed", "stored"),
    [
        (NID, "১২৩ ৪৫৬-৭৮৯০", "1234567890"),
        (NID, "123–456–7890", "1234567890"),
        (PASSPORT, "ab 1234567", "AB1234567"),
        (DAY, "২০২৬-১২-১৬", "2026-12-16"),
        (DAY, " 2026–12–16", "2026-12-16"),
        (NAME, "Abdul-Karim Khan", "Abdul-Karim Khan"),
        ({"type": "string"}, "বাড়ি ১২-৩", "বাড়ি ১২-৩"),
        ({"type": "integer"}, 5, 5),
        (True, "১", "১"),
        (None, "১", "১"),
    ],
)
def test_answers_are_spelled_as_their_schema_expects(
    schema: object, typed: object, stored: object
) -> None:
    """Numbers and dates are normalised; names and free texts are not changed."""
    assert spelled(typed, schema) == stored  # type: ignore[arg-type]


def test_answers_inside_groups_and_lists_are_rewritten() -> None:
    """Every answer is rewritten by its own schema; an unexpected answer is not changed."""
    person = {"type": "object", "properties": {"nid": NID, "name": NAME}}
    schema = {"properties": {"owners": {"type": "array", "items": person}, "father": person}}
    typed = {"owners": [{"nid": "১২-৩"}], "father": {"nid": "৪ ৫", "x": "৬"}, "y": ["৭"]}
    assert spelled(typed, schema) == {  # type: ignore[arg-type]
        "owners": [{"nid": "123"}],
        "father": {"nid": "45", "x": "৬"},
        "y": ["৭"],
    }
