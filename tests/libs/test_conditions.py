from datetime import date
from typing import Any

import pytest

from libs.conditions import Facts, check_condition, holds

TODAY = date(2026, 11, 25)
FORM: dict[str, Any] = {
    "birth_date": "2008-11-26",
    "years": 5,
    "urgent": True,
    "income": 9000.5,
    "father": {"nid": "1234567890"},
    "warish": {"document_id": "x", "issued_on": "2026-11-20"},
    "deed": {"document_id": "x", "issued_on": "2026-11-20"},
    "deed_date": "2026-12-01",
    "when": "2026-11-24",
    "fields": ["a"],
}


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("age_years", 17),
        ("age_days", 6573),
        ("form.father.nid", "1234567890"),
        ("form.mother.nid", None),
        ("form.years.deeper", None),
        ("age_of.warish_days", 5),
        ("age_of.deed_days", -6),
        ("age_of.event_days", 1),
        ("register.match", None),
    ],
)
def test_facts(fact: str, value: Any) -> None:
    """Answers are read by path, ages are counted until today, unknown facts are None."""
    assert Facts(FORM, TODAY, field="/when")(fact) == value


@pytest.mark.parametrize(
    ("born", "years"),
    [("2008-11-25", 18), ("2008-11-26", 17), ("2004-02-29", 22), ("0000-01-01", None)],
)
def test_age_in_years_changes_on_the_birthday(born: str, years: int | None) -> None:
    """An age counts full years from the birthday on; an impossible date has no age."""
    assert Facts({"birth_date": born}, TODAY)("age_years") == years


@pytest.mark.parametrize(
    ("condition", "result"),
    [
        ({"fact": "form.years", "eq": 5}, True),
        ({"fact": "form.years", "eq": "5"}, False),
        ({"fact": "form.urgent", "eq": True}, True),
        ({"fact": "form.urgent", "eq": 1}, False),
        ({"fact": "form.urgent", "ge": 1}, False),
        ({"fact": "form.years", "among": [4, 5]}, True),
        ({"fact": "form.years", "among": [True]}, False),
        ({"fact": "form.fields", "among": ["a", "b"]}, True),
        ({"fact": "form.fields", "among": ["b"]}, False),
        ({"fact": "form.income", "le": 10000}, True),
        ({"fact": "form.income", "lt": 9000}, False),
        ({"fact": "form.income", "ge": 9000.5}, True),
        ({"fact": "form.income", "gt": 9000.5}, False),
        ({"fact": "form.father.nid", "ge": 1}, False),
        ({"fact": "form.none", "present": True}, False),
        ({"fact": "form.none", "present": False}, True),
        ({"fact": "form.none", "le": 1}, False),
        ({"not": {"fact": "form.none", "le": 1}}, True),
        ({"all": [{"fact": "form.years", "eq": 5}, {"fact": "form.none", "present": True}]}, False),
        ({"any": [{"fact": "form.years", "eq": 5}, {"fact": "form.none", "present": True}]}, True),
    ],
)
def test_conditions(condition: dict[str, Any], result: bool) -> None:
    """Every operator works as defined; an absent fact fulfils only `present: false`."""
    check_condition(condition)
    assert holds(condition, Facts(FORM, TODAY)) is result


def nested(depth: int) -> dict[str, Any]:
    """Return a comparison inside so many `not`."""
    condition: dict[str, Any] = {"fact": "form.years", "eq": 5}
    for _ in range(depth):
        condition = {"not": condition}
    return condition


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"fact": "form.x"},
        {"fact": "form.x", "like": 1},
        {"fact": "form.x", "eq": 1, "ge": 1},
        {"eq": 1},
        {"not": {"fact": "form.x", "like": 1}},
        {"any": [{"fact": "form.x", "like": 1}]},
        {"all": ["x"]},
        {"all": []},
        {"any": {"fact": "form.x", "eq": 1}},
        {"all": [{"fact": "form.x", "eq": 1}], "fact": "form.x", "eq": 1},
        {"fact": "form.x", "ge": "5"},
        {"fact": "form.x", "among": []},
        {"fact": "form.x", "present": "no"},
        {"fact": 5, "eq": 1},
        nested(11),
    ],
)
def test_a_condition_outside_the_language_is_refused(
    condition: dict[str, Any],
) -> None:
    """An unknown operator or a malformed condition raises TypeError."""
    with pytest.raises(TypeError):
        check_condition(condition)
