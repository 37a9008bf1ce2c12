import re
from typing import Any

import jsonschema_rs
import orjson
import pytest

from libs.contracts.language import Text
from services.applications.forms.field_error_texts import (
    AGREE,
    BY_KEYWORD,
    BY_KIND,
    BY_REASON,
    BY_TYPE,
    CHECK,
)
from services.applications.forms.field_errors import (
    field_error_at,
    field_error_of_rule,
    field_errors_of,
    label_of,
    path_of,
    pointer_to,
)
from tests.services.applications.forms.scenes import FORM_IDS, FORMS

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


def only_error(answers: dict[str, Any]) -> Any:
    errors = jsonschema_rs.Draft202012Validator(SCHEMA).iter_errors(answers)
    [field_error] = [
        field_error for error in errors for field_error in field_errors_of(SCHEMA, error)
    ]
    return field_error


def test_a_field_in_a_list_is_named_by_its_path() -> None:
    """The label has the number of the list item; the Bangla text has Bangla digits."""
    field_error = only_error({"owners": [{"share": 1}, {"share": 0}]})
    assert field_error.pointer == "/form/owners/1/share"
    assert field_error.message_bn == "“মালিক ২ › অংশ” ঘরে ১ বা তার বেশি দিন।"
    assert field_error.message_en == "Give 1 or more for “Owner 2 › Share”."


def test_choices_are_named_by_their_labels() -> None:
    """The message has the labels of the options, not their values."""
    assert only_error({"kind": "c"}).message_en == "Choose one of these for “Kind”: A!, B!."


def test_an_answer_is_never_repeated_in_the_message() -> None:
    """The message does not contain the answer, also if the field has no label."""
    field_error = only_error({"bare": 4711})
    assert "4711" not in field_error.message_bn + field_error.message_en
    assert field_error.message_en == "Give “this field” as text."


@pytest.mark.parametrize(
    ("path", "label"),
    [([], "this field"), (["owners", 0], "Owner 1"), (["owners", 0, "none"], "Owner 1")],
)
def test_labels(path: list[str | int], label: str) -> None:
    """The nearest label on the path is used; a list item has its number."""
    assert label_of(SCHEMA, path).en == label


def test_pointers_are_escaped_by_rfc_6901() -> None:
    """A slash in a name becomes `~1`, a tilde `~0`."""
    assert pointer_to(["a/b", "~", 0]) == "/form/a~1b/~0/0"


def test_a_broken_rule_gives_its_own_message() -> None:
    """The error has the message of the rule, and points to the rule's field."""
    message = Text(bn="বাংলা", en="English")
    field_error = field_error_of_rule({"id": "r", "field": "/x", "message": message.model_dump()})
    assert (field_error.pointer, field_error.code, field_error.message_bn) == (
        "/form/x",
        "r",
        "বাংলা",
    )


def test_a_reason_outside_the_schema_points_to_its_field() -> None:
    """The error of a control character points to the field that contains it."""
    field_error = field_error_at(SCHEMA, path_of("/owners/0/share"), "control_character")
    assert field_error.pointer == "/form/owners/0/share"
    assert "Owner 1 › Share" in field_error.message_en


TABLES = (BY_KEYWORD, BY_TYPE, BY_KIND, BY_REASON)
TEXTS = [text for table in TABLES for text in table.values()] + [AGREE, CHECK]
PLACEHOLDER = re.compile(r"{([a-z]+)}", re.ASCII)


@pytest.mark.parametrize("text", TEXTS)
def test_both_languages_have_the_same_placeholders_and_their_own_script(text: Text) -> None:
    """The placeholders are equal; only the Bangla text has Bangla letters."""
    assert sorted(PLACEHOLDER.findall(text.bn)) == sorted(PLACEHOLDER.findall(text.en))
    assert re.search("[ঀ-৿]", text.bn)
    assert not re.search("[ঀ-৿]", text.en)


def test_every_keyword_of_the_ten_forms_has_a_text() -> None:
    """No keyword of the pilot's forms needs the general text."""
    schemas = [orjson.loads((FORMS / f"{name}.json").read_bytes()) for name in FORM_IDS]
    schemas.append(orjson.loads((FORMS / "common.json").read_bytes()))
    found = set(re.findall(rb'"([a-zA-Z]+)":', b"".join(map(orjson.dumps, schemas))))
    checked = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength"}
    checked |= {"maxLength", "minItems", "maxItems", "uniqueItems", "enum", "const", "required"}
    assert {keyword for keyword in checked if keyword.encode() in found} <= set(BY_KEYWORD)


def test_every_pattern_of_the_common_kinds_has_a_text() -> None:
    """Every kind with a pattern has a text, since citizens cannot read patterns."""
    kinds = orjson.loads((FORMS / "common.json").read_bytes())["$defs"]
    patterns = {name for name, kind in kinds.items() if "pattern" in kind}
    for kind in kinds.values():
        patterns |= {n for n, field in kind.get("properties", {}).items() if "pattern" in field}
    assert patterns <= set(BY_KIND)
