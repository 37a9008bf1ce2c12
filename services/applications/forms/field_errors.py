"""Makes field errors for citizens: the field's label and the remedy.

A text never repeats the answer.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias

import jsonschema_rs

from libs.bangladesh.text import bangla_digits, parse_int
from libs.contracts.language import Text
from libs.errors import FieldError
from services.applications.forms.field_error_texts import (
    AGREE,
    BY_KEYWORD,
    BY_KIND,
    BY_REASON,
    BY_TYPE,
    CHECK,
    THIS_FIELD,
)

FORM = "/form"
"""Pointer to the form in the body of a request."""

Path: TypeAlias = Sequence[str | int]
_INDEX = re.compile("0|[1-9][0-9]{0,8}")
_BETWEEN_LABELS = " › "


def pointer_to(path: Path) -> str:
    """Return a path in the form as a JSON pointer (RFC 6901) into the body of the request."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "/".join((FORM, *steps))


def field_errors_of(
    schema: Mapping[str, Any], error: jsonschema_rs.ValidationError
) -> Iterator[FieldError]:
    """Translate a validator error; an error about several fields gives one error per field."""
    keyword, details = error.kind.name, error.kind.as_dict()
    path = list(error.instance_path)
    if keyword == "required":
        yield _field_error(schema, [*path, details["property"]], keyword, BY_KEYWORD[keyword])
    elif keyword == "additionalProperties":
        for name in details["unexpected"]:
            yield _field_error(schema, [*path, name], keyword, BY_KEYWORD[keyword])
    else:
        text = _text_for(keyword, details, error.schema_path)
        yield _field_error(schema, path, keyword, text, _placeholders(schema, path, details))


def field_error_at(schema: Mapping[str, Any], path: Path, reason: str) -> FieldError:
    """Return the error for the answer at a path, for a reason that is not in the schema."""
    return _field_error(schema, path, reason, BY_REASON.get(reason, CHECK))


def path_of(pointer: str) -> list[str | int]:
    """Return the path of a pointer into the form; a number is an index."""
    return [
        parse_int(step) if _INDEX.fullmatch(step) else step.replace("~1", "/").replace("~0", "~")
        for step in pointer.split("/")[1:]
    ]


def field_error_of_rule(rule: Mapping[str, Any]) -> FieldError:
    """Return the error for a broken rule, with the message of the rule."""
    message = rule["message"]
    return FieldError(f"{FORM}{rule['field']}", rule["id"], message["bn"], message["en"])


def label_of(schema: Mapping[str, Any], path: Path) -> Text:
    """Return the labels on the path to a field; a list item has its number."""
    labels: list[Text] = []
    node: Any = schema
    for step in path:
        numbered = isinstance(node, Mapping) and "items" in node
        node = _inner(node, step)
        label = node.get("ui", {}).get("label") if isinstance(node, Mapping) else None
        if label:
            labels.append(Text(**label))
        elif numbered and labels:
            labels[-1] = _numbered(labels[-1], step)
    if not labels:
        return THIS_FIELD
    return Text(
        bn=_BETWEEN_LABELS.join(label.bn for label in labels),
        en=_BETWEEN_LABELS.join(label.en for label in labels),
    )


def schema_at(schema: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """Return the schema of the field at a path; empty if there is none."""
    found = reduce(_inner, path, schema)
    return found if isinstance(found, Mapping) else {}


def _field_error(
    schema: Mapping[str, Any],
    path: Path,
    code: str,
    text: Text,
    values: Mapping[str, Text] | None = None,
) -> FieldError:
    label = label_of(schema, path)
    placeholders = {"label": label, **(values or {})}
    bn = text.bn.format(**{name: value.bn for name, value in placeholders.items()})
    en = text.en.format(**{name: value.en for name, value in placeholders.items()})
    return FieldError(pointer_to(path), code, bn, en)


def _text_for(keyword: str, details: Mapping[str, Any], schema_path: Path) -> Text:
    kind = str(schema_path[-2]) if len(schema_path) > 1 else ""
    if keyword == "pattern":
        return BY_KIND.get(kind, CHECK)
    if keyword == "format":
        return BY_KIND.get(details["format"], CHECK)
    if keyword == "type":
        return BY_TYPE.get(_first(details.get("types", details.get("type"))), CHECK)
    if keyword == "const" and details.get("expected_value") is True:
        return AGREE
    return BY_KEYWORD.get(keyword, CHECK)


def _placeholders(
    schema: Mapping[str, Any], path: Path, details: Mapping[str, Any]
) -> dict[str, Text]:
    limit = details.get("limit", details.get("expected_value", ""))
    options = details.get("options", [])
    field = schema_at(schema, path)
    names = field.get("ui", {}).get("options", {})
    shown = [names.get(str(option), {"bn": str(option), "en": str(option)}) for option in options]
    return {
        "limit": Text(bn=bangla_digits(str(limit)), en=str(limit)),
        "options": Text(
            bn=", ".join(option["bn"] for option in shown),
            en=", ".join(option["en"] for option in shown),
        ),
    }


def _inner(node: Any, step: str | int) -> Any:
    """Return the schema of a list's item or of an object's field; None if there is none."""
    if not isinstance(node, Mapping):
        return None
    return node["items"] if "items" in node else node.get("properties", {}).get(step)


def _numbered(label: Text, step: str | int) -> Text:
    number = step + 1 if isinstance(step, int) else step
    return Text(bn=f"{label.bn} {bangla_digits(number)}", en=f"{label.en} {number}")


def _first(types: Any) -> str:
    return str(types[0]) if isinstance(types, list) and types else str(types)
