from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.bangladesh.geography import areas_by_code, unions
from libs.bangladesh.text import JSON
from libs.errors import Refused, Unreadable
from services.applications.forms.rules import Form, check_form, compile_form
from tests.services.applications.forms.scenes import FORM_IDS, FORMS, bundled, right_answers, rules
from tests.services.applications.scenes import papers
from tools.virtual_users.forms import NO_PAPER

TODAY = date(2026, 11, 25)


def form_of(form_id: str) -> Form:
    return compile_form(bundled(form_id), rules(form_id))


def field_errors(form_id: str, answers: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Unreadable) as unreadable:
        check_form(form_of(form_id), answers, TODAY, papers())
    assert unreadable.value.reason == "form_invalid"
    return [
        (field_error.pointer, field_error.code) for field_error in unreadable.value.field_errors
    ]


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_valid_answers_of_each_form_are_not_changed(form_id: str) -> None:
    """The required answers of each form are accepted unchanged."""
    answers = right_answers(form_id)
    assert check_form(form_of(form_id), answers, TODAY, papers()) == answers


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_an_empty_form_names_every_required_field_in_order(form_id: str) -> None:
    """Every required field has one error, in the order of the form, in both languages."""
    schema = bundled(form_id)
    with pytest.raises(Unreadable) as unreadable:
        check_form(form_of(form_id), {}, TODAY, papers())
    found = unreadable.value.field_errors
    required = [name for name in schema["properties"] if name in schema["required"]]
    assert [field_error.pointer for field_error in found] == [f"/form/{name}" for name in required]
    labels = [schema["properties"][name]["ui"]["label"] for name in required]
    for field_error, label in zip(found, labels, strict=True):
        assert label["bn"] in field_error.message_bn
        assert label["en"] in field_error.message_en


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_common_kinds_may_be_bundled_in_two_ways(form_id: str) -> None:
    """They are an embedded resource (2020-12, 9.3.1) or part of the form's own `$defs`."""
    text = orjson.dumps(bundled(form_id)).replace(b"common.json#/$defs/", b"#/$defs/")
    moved = orjson.loads(text)
    moved["$defs"] = orjson.loads((FORMS / "common.json").read_bytes())["$defs"]
    form = compile_form(moved, rules(form_id))
    answers = right_answers(form_id)
    assert check_form(form, answers, TODAY, papers()) == answers


def test_numbers_may_have_bangla_digits_spaces_and_hyphens() -> None:
    """Numbers, dates and names are returned in their normalised form."""
    answers = right_answers("S001")
    typed = answers | {
        "mobile": "০১৭১২-৩৪৫ ৬৭৮",
        "birth_date": "২০২৬-০১-০৫",
        "father": {"name_bn": "করিম\u200b", "nid": "১২৩৪ ৫৬৭ ৮৯০"},
        "birth_place": {"area": "১০০৪০৯"},
    }
    stored = check_form(form_of("S001"), typed, TODAY, papers())
    assert stored["mobile"] == "01712345678"
    assert stored["birth_date"] == "2026-01-05"
    assert stored["father"] == {"name_bn": "করিম", "nid": "1234567890"}
    assert stored["birth_place"] == {"area": "100409"}


def test_a_field_that_other_answers_exclude_is_refused() -> None:
    """`else: false` in a schema gives the error `falseSchema`."""
    answers = right_answers("S005") | {"birth_number": "19901234567890123"}
    assert field_errors("S005", answers) == [("/form/birth_number", "falseSchema")]


def test_unexpected_fields_are_named_by_pointer() -> None:
    """The pointer escapes slash and tilde in a name (RFC 6901)."""
    answers = right_answers("S005") | {"a/b~c": 1}
    assert field_errors("S005", answers) == [("/form/a~1b~0c", "additionalProperties")]


def test_a_day_that_does_not_exist_is_refused() -> None:
    """A date must exist in the calendar."""
    assert ("/form/birth_date", "format") in field_errors("S001", {"birth_date": "2026-02-30"})


UNION = unions()[0]
ELSEWHERE = next(code for code in areas_by_code() if code != UNION.upazila_code)


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ({"area": "999999"}, ("area", "area_unknown")),
        ({"area": UNION.upazila_code, "union": "U99999"}, ("union", "union_elsewhere")),
        ({"area": ELSEWHERE, "union": UNION.union_id}, ("union", "union_elsewhere")),
    ],
)
def test_a_wrong_address_is_refused(address: dict[str, Any], wrong: tuple[str, str]) -> None:
    """The area must exist, and the union must be in the area."""
    name, code = wrong
    answers = right_answers("S001") | {"present_address": address}
    assert field_errors("S001", answers) == [(f"/form/present_address/{name}", code)]


def test_addresses_in_a_list_are_checked() -> None:
    """An address is checked at any depth, beside other fields."""
    address: JSON = {"properties": {"area": {}, "union": {}}}
    home: JSON = {"properties": {"name": {"type": "string"}, "address": address}}
    schema: dict[str, Any] = {
        "properties": {"remark": {}, "homes": {"type": "array", "items": home}}
    }
    homes: JSON = [{"address": {"area": UNION.upazila_code}}, {"address": {"area": "999999"}}]
    with pytest.raises(Unreadable) as unreadable:
        check_form(compile_form(schema, ()), {"remark": "", "homes": homes}, TODAY, papers())
    (field_error,) = unreadable.value.field_errors
    assert (field_error.pointer, field_error.code) == ("/form/homes/1/address/area", "area_unknown")


def test_a_union_in_its_upazila_is_accepted() -> None:
    """Spaces and small letters in a union id are normalised."""
    address = {"area": UNION.upazila_code, "union": f" {UNION.union_id.lower()}"}
    answers = right_answers("S001") | {"present_address": address}
    stored = check_form(form_of("S001"), answers, TODAY, papers())["present_address"]
    assert stored == {"area": UNION.upazila_code, "union": UNION.union_id}


_IN_WORDS, _ISSUED = "/form/birth_date_words", "/form/epi_card/issued_on"


def paper_issued(day: str) -> dict[str, str]:
    """A paper that was issued on a day."""
    return {"document_id": NO_PAPER, "issued_on": day}


RULES_BROKEN: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("S001", {"birth_date": "2026-11-26"}, ("/form/birth_date", "not_in_future")),
    ("S001", {"birth_date": "1890-11-24"}, ("/form/birth_date", "not_long_ago")),
    ("S001", {"relation": "self"}, ("/form/relation", "not_for_itself")),
    ("S001", {"birth_date_words": "দশই মে দুই হাজার ছাব্বিশ"}, (_IN_WORDS, "words_unlike_date")),
    ("S001", {"epi_card": paper_issued("2026-11-26")}, (_ISSUED, "issued_later")),
    ("S001", {"birth_date": "2021-11-25"}, ("/form/age_proof", "age_proof_needed")),
    ("S001", {"father": {"name_bn": "করিম"}}, ("/form/father", "one_parent_id")),
    ("S010", {"form_kind": "i", "business_kind": "food"}, ("/form/form_kind", "form_fits_kind")),
    ("S020", {"birth_date": "1950-01-01", "years": 10}, ("/form/years", "five_years_only")),
    ("S024", {"when": "2026-11-26"}, ("/form/when", "not_in_future")),
    ("S025", {"deed_date": "2026-11-26"}, ("/form/deed_date", "deed_not_future")),
    ("S043", {"birth_date": "2008-11-26"}, ("/form/birth_date", "age_other")),
    ("S055", {"birth_date": "1980-01-01", "sex": "male"}, ("/form/birth_date", "age_men")),
    ("S055", {"birth_date": "1980-01-01", "sex": "female"}, ("/form/birth_date", "age_women")),
    ("S055", {"yearly_income_bdt": 10001}, ("/form/yearly_income_bdt", "income")),
    ("S055", {"other_allowance": True}, ("/form/other_allowance", "one_allowance")),
]


@pytest.mark.parametrize(("form_id", "changes", "found"), RULES_BROKEN)
def test_rules_of_the_ten_forms(
    form_id: str, changes: dict[str, Any], found: tuple[str, str]
) -> None:
    """A broken rule gives its own error at its field."""
    assert found in field_errors(form_id, right_answers(form_id) | changes)


def test_a_certificate_of_inheritance_must_be_fresh() -> None:
    """An age of 92 days is accepted; 93 days, or no date of issue, are refused."""
    answers = right_answers("S025")
    for name in ("deed_number", "deed_date", "sub_registry", "deed"):
        answers.pop(name, None)
    document = {"document_id": "0190aaaa-0000-7000-8000-000000000001"}
    answers |= {"basis": "inheritance", "heirs": [{"name_bn": "করিম"}]}
    fresh = answers | {"warish": document | {"issued_on": "2026-08-25"}}
    assert (
        check_form(form_of("S025"), fresh, TODAY, papers())["warish"]["issued_on"] == "2026-08-25"
    )
    for stale in (document | {"issued_on": "2026-08-24"}, document):
        assert field_errors("S025", answers | {"warish": stale}) == [
            ("/form/warish", "warish_fresh")
        ]


@pytest.mark.parametrize("name", ["name_bn", "father"])
def test_control_characters_are_refused_with_their_field(name: str) -> None:
    """The error of a control character points to its field."""
    answer: Any = "ক\x00" if name == "name_bn" else {"name_bn": "ক\x07"}
    pointer = "/form/name_bn" if name == "name_bn" else "/form/father/name_bn"
    answers = right_answers("S001") | {name: answer}
    assert field_errors("S001", answers) == [(pointer, "control_character")]


def test_numbers_that_no_event_takes_are_refused_with_their_field() -> None:
    """The schema of this field has a largest number, and no smallest one."""
    answers = right_answers("S055") | {"land_decimals": -(10**18)}
    assert field_errors("S055", answers) == [("/form/land_decimals", "number_too_long")]


@pytest.mark.parametrize(
    ("schema", "form_rules"),
    [
        ({"type": "nonsense"}, ()),
        ({"properties": {"a": {"$ref": "elsewhere.json#/$defs/x"}}}, ()),
        ({"properties": {"a": {"pattern": "["}}}, ()),
        ({"type": "object"}, ({"id": "x", "field": "/a"},)),
        ({"type": "object"}, ({"must": {"fact": "form.a", "like": 1}},)),
    ],
)
def test_a_broken_form_is_refused_when_it_is_compiled(
    schema: dict[str, Any], form_rules: tuple[dict[str, Any], ...]
) -> None:
    """A broken form is refused before a citizen fills it in."""
    with pytest.raises(Refused) as refusal:
        compile_form(schema, form_rules)
    assert refusal.value.code == "form_schema_broken"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=10,
)
FORM_S001 = form_of("S001")


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from([*bundled("S001")["properties"]]), ANYTHING))
def test_nonsense_is_refused_with_pointers(answers: dict[str, Any]) -> None:
    """Any wrong answer gives 1 to 50 field errors and no other failure."""
    with pytest.raises(Unreadable) as unreadable:
        check_form(FORM_S001, answers, TODAY, papers())
    found = unreadable.value.field_errors
    assert 1 <= len(found) <= 50
    assert all(field_error.pointer.startswith("/form") for field_error in found)
