from typing import Any

import jsonschema_rs
import pytest

from libs.contracts.language import Text
from services.applications.domain.field_errors import (
    fault_of,
    fault_of_rule,
    field_error_of_text,
    label_of,
    pointer_to,
)

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "owners": {
            "type": "array",
            "ui": {"label": {"bn": "মালিক", "en": "Owner"}},
            "items": {
                "type": "object",
                "properties": {
                    "share": {
                        "type": "integer",
                        "minimum": 1,
                        "ui": {"label": {"bn": "অংশ", "en": "Share"}},
                    }
                },
            },
        },
        "kind": {
            "enum": ["a", "b"],
            "ui": {
                "label": {"bn": "ধরন", "en": "Kind"},
                "options": {"a": {"bn": "ক", "en": "A!"}, "b": {"bn": "খ", "en": "B!"}},
            },
        },
        "bare": {"type": "string"},
    },
}


def only_fault(answers: dict[str, Any]) -> Any:
    errors = jsonschema_rs.Draft202012Validator(SCHEMA).iter_errors(answers)
    [field_error] = [field_error for error in errors for field_error in fault_of(SCHEMA, error)]
    return field_error


def test_a_field_in_a_list_is_named_by_the_way_to_it() -> None:
    """The second owner's share is not just some share; numbers are Bangla in Bangla."""
    field_error = only_fault({"owners": [{"share": 1}, {"share": 0}]})
    assert field_error.pointer == "/form/owners/1/share"
    assert field_error.message_bn == "“মালিক ২ › অংশ” ঘরে ১ বা তার বেশি দিন।"
    assert field_error.message_en == "Give 1 or more for “Owner 2 › Share”."


def test_choices_are_named_by_their_labels() -> None:
    """A citizen never reads `sole`; she reads what the form shows."""
    assert only_fault({"kind": "c"}).message_en == "Choose one of these for “Kind”: A!, B!."


def test_an_answer_is_never_repeated_in_the_message() -> None:
    """Not even where a field has no label."""
    field_error = only_fault({"bare": 4711})
    assert "4711" not in field_error.message_bn + field_error.message_en
    assert field_error.message_en == "Give “this field” as text."


@pytest.mark.parametrize(
    ("path", "label"),
    [([], "this field"), (["owners", 0], "Owner 1"), (["owners", 0, "none"], "Owner 1")],
)
def test_labels(path: list[str | int], label: str) -> None:
    """The nearest label on the way; a list item by its number."""
    assert label_of(SCHEMA, path).en == label


def test_pointers_are_escaped_as_rfc_6901_says() -> None:
    """~ before /, so that the two cannot be confused."""
    assert pointer_to(["a/b", "~", 0]) == "/form/a~1b/~0/0"


def test_a_rule_speaks_for_itself() -> None:
    """The form's own message, at the form's own field."""
    message = Text(bn="বাংলা", en="English")
    field_error = fault_of_rule({"id": "r", "field": "/x", "message": message.model_dump()})
    assert (field_error.pointer, field_error.code, field_error.message_bn) == (
        "/form/x",
        "r",
        "বাংলা",
    )


def test_a_reason_outside_the_schema_points_to_its_field() -> None:
    """A control character is said of the field where it stands."""
    field_error = field_error_of_text(SCHEMA, "/owners/0/share", "control_character")
    assert field_error.pointer == "/form/owners/0/share"
    assert "Owner 1 › Share" in field_error.message_en
