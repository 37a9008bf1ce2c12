"""What a form says of who the applicant is."""

from typing import Any

import pytest

from libs.contracts.mandates import fee_day_mark, number_mark
from libs.errors import Unreadable
from libs.ids import new_id
from services.applications.forms.applicant import changes, check_fee_day, check_number, replaced
from services.applications.forms.rules import compile_form
from tests.services.applications.forms.scenes import bundled, right_answers

MANDATE = new_id()


def schema_of(form_id: str) -> Any:
    """The schema of a form, as its answers are compared."""
    return compile_form(bundled(form_id), ()).schema


@pytest.mark.parametrize(
    ("form_id", "field", "value", "expected"),
    [
        ("S000", "name_en", "Another Name", ("name",)),
        ("S005", "nid", "9876543210", ("number",)),
        ("S005", "birth_number", "19900000000000001", ("number",)),
        ("S005", "birth_date", "1990-01-02", ("birth_date",)),
        ("S005", "father_name", "অন্য", ()),
        ("S001", "name_bn", "অন্য", ("name",)),
        ("S001", "birth_date", "2026-02-02", ("birth_date",)),
        ("S001", "birth_order", 7, ()),
        ("S010", "owners", [{"name_bn": "অন্য", "nid": "1234567890"}], ("name", "number")),
        ("S010", "business_name", "অন্য", ()),
        ("S016", "new_name_bn", "অন্য", ()),
        ("S016", "birth_date", "1990-01-02", ("birth_date",)),
        ("S055", "nominee", {"name_bn": "অন্য"}, ()),
    ],
)
def test_a_form_says_which_answers_are_of_the_applicant(
    form_id: str, field: str, value: Any, expected: tuple[str, ...]
) -> None:
    """Of relatives and nominees, and of what is to be changed in the register, nothing is."""
    answers = right_answers(form_id)
    before = {**answers, "owners": []} if field == "owners" else answers
    assert changes(schema_of(form_id), before, {**before, field: value}) == expected


@pytest.mark.parametrize(
    ("field", "before", "after", "words"),
    [
        ("name_bn", "রহিমা  খাতুন", "সালমা", ("name", "রহিমা খাতুন", "সালমা")),
        ("name_en", "A (http://x) 9", "B", ("name", "A http x", "B")),
        ("nid", "1990123456", None, ("number", "...3456", None)),
        ("birth_date", "1990-01-02", "1991-12-31", ("birth_date", "02-01-1990", "31-12-1991")),
    ],
)
def test_a_citizen_reads_what_stood_there_and_what_will(
    field: str, before: str | None, after: str | None, words: tuple[str, str | None, str | None]
) -> None:
    """Of a number its end; of a name its letters, so that no SMS carries an address or a number."""
    (found,) = replaced(schema_of("S005"), {field: before}, {field: after})
    assert (found.part, found.before, found.after) == words


@pytest.mark.parametrize(
    ("form_id", "kind", "number", "form", "is_right"),
    [
        ("S005", "nid", "1234567890", {"nid": "1234567890"}, True),
        ("S005", "nid", "1234567890", {"nid": "9999999999"}, False),
        ("S005", "nid", "2612345678901", {"nid": "19902612345678901"}, True),
        ("S005", "birth", "19900000000000001", {"birth_number": "19900000000000002"}, False),
        # A parent consents with an NID for a child with a birth registration number.
        ("S005", "nid", "1234567890", {"birth_number": "20200000000000001"}, True),
        ("S001", "nid", "1234567890", {"father": {"nid": "9999999999"}}, True),
        ("S010", "nid", "1234567890", {"owners": [{"nid": "1"}, {"nid": "1234567890"}]}, True),
        ("S010", "nid", "1234567890", {"owners": [{"nid": "9999999999"}]}, False),
    ],
)
def test_the_number_of_the_form_is_the_one_of_the_consent(
    form_id: str, kind: Any, number: str, form: dict[str, Any], is_right: bool
) -> None:
    """Numbers of one kind are compared; a form without one of the applicant says nothing."""
    mark = number_mark(MANDATE, kind, number)
    if is_right:
        check_number(schema_of(form_id), form, MANDATE, mark)
        return
    with pytest.raises(Unreadable) as refused:
        check_number(schema_of(form_id), form, MANDATE, mark)
    assert [error.code for error in refused.value.field_errors] == ["number_not_consented"]


def test_a_consent_on_the_own_phone_names_no_number() -> None:
    """So there is nothing to compare."""
    check_number(schema_of("S005"), {"nid": "9999999999"}, MANDATE, None)


@pytest.mark.parametrize(
    ("form_id", "field", "day", "is_right"),
    [
        ("S001", "birth_date", "2026-01-05", True),
        ("S001", "birth_date", "2021-01-05", False),
        ("S004", "death_date", "2026-01-05", True),
        ("S004", "death_date", "2021-01-05", False),
        ("S005", "birth_date", "2021-01-05", True),
    ],
)
def test_the_form_has_the_day_for_which_the_fee_was_computed(
    form_id: str, field: str, day: str, is_right: bool
) -> None:
    """In the registration of a birth or death; a date of birth elsewhere decides on no fee."""
    mark, form = fee_day_mark(MANDATE, "2026-01-05"), {field: day}
    if is_right:
        check_fee_day(schema_of(form_id), form, MANDATE, mark)
        return
    with pytest.raises(Unreadable) as refused:
        check_fee_day(schema_of(form_id), form, MANDATE, mark)
    (error,) = refused.value.field_errors
    assert (error.pointer, error.code) == (f"/form/{field}", "fee_day_differs")


def test_a_fee_that_no_day_decided_on_is_compared_with_nothing() -> None:
    """The consent has no mark of one."""
    check_fee_day(schema_of("S001"), {"birth_date": "2021-01-05"}, MANDATE, None)
