"""What is wrong with an answer, said to the citizen: the field by its label, and what to do.

Texts never repeat the answer itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

import jsonschema_rs

from libs.bangladesh.text import bangla_digits, parse_int
from libs.contracts.language import Text
from libs.errors import FieldError
from services.applications.domain.field_error_texts import (
    AGREE,
    BY_KEYWORD,
    BY_KIND,
    BY_REASON,
    BY_TYPE,
    CHECK,
    THIS_FIELD,
)

FORM = "/form"
"""Where the form lies in the body of a request."""

Path: TypeAlias = Sequence[str | int]
_PLACE = re.compile("0|[1-9][0-9]{0,8}")
_BETWEEN_LABELS = " › "


def pointer_to(path: Path, *, within: str = FORM) -> str:
    """Write a path as JSON pointer (RFC 6901) into the body of the request."""
    return within + "".join(f"/{_escaped(str(step))}" for step in path)


def fault_of(flat: Mapping[str, Any], error: jsonschema_rs.ValidationError) -> Iterator[FieldError]:
    """Say what a validator's error means; an error about a group is one fault per field."""
    keyword, details = error.kind.name, error.kind.as_dict()
    path = list(error.instance_path)
    if keyword == "required":
        yield _fault(flat, [*path, details["property"]], keyword, BY_KEYWORD[keyword])
    elif keyword == "additionalProperties":
        for name in details["unexpected"]:
            yield _unasked([*path, name], keyword)
    else:
        text = _text_for(keyword, details, error.schema_path)
        yield _fault(flat, path, keyword, text, _placed(flat, path, details))


def field_error_of_text(flat: Mapping[str, Any], pointer: str, reason: str) -> FieldError:
    """Say why the answer at a pointer into the form cannot be kept or does not fit."""
    path = [_step(text) for text in pointer.split("/")[1:]]
    text = BY_REASON.get(reason, CHECK)
    return _fault(flat, path, reason, text)


def fault_of_rule(rule: Mapping[str, Any]) -> FieldError:
    """Say which rule of the form the answers break, in the form's own words."""
    message = rule["message"]
    return FieldError(f"{FORM}{rule['field']}", rule["id"], message["bn"], message["en"])


def label_of(flat: Mapping[str, Any], path: Path) -> Text:
    """Name a field by the labels on the way to it, list items by their number."""
    labels: list[Text] = []
    node: Any = flat
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


def _fault(
    flat: Mapping[str, Any],
    path: Path,
    code: str,
    text: Text,
    values: Mapping[str, Text] | None = None,
) -> FieldError:
    label = label_of(flat, path)
    places = {"label": label, **(values or {})}
    bn = text.bn.format(**{name: value.bn for name, value in places.items()})
    en = text.en.format(**{name: value.en for name, value in places.items()})
    return FieldError(pointer_to(path), code, bn, en)


def _unasked(path: Path, code: str) -> FieldError:
    """Name an unexpected answer by its pointer alone: it has no label."""
    text = BY_KEYWORD[code]
    return FieldError(pointer_to(path), code, text.bn, text.en)


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


def _placed(flat: Mapping[str, Any], path: Path, details: Mapping[str, Any]) -> dict[str, Text]:
    limit = details.get("limit", details.get("expected_value", ""))
    options = details.get("options", [])
    names = _schema_at(flat, path).get("ui", {}).get("options", {})
    shown = [names.get(str(option), {"bn": str(option), "en": str(option)}) for option in options]
    return {
        "limit": Text(bn=bangla_digits(str(limit)), en=str(limit)),
        "options": Text(
            bn=", ".join(option["bn"] for option in shown),
            en=", ".join(option["en"] for option in shown),
        ),
    }


def _schema_at(flat: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    node: Any = flat
    for step in path:
        node = _inner(node, step)
    return cast("Mapping[str, Any]", node) if isinstance(node, Mapping) else {}


def _inner(node: Any, step: str | int) -> Any:
    if not isinstance(node, Mapping):
        return None
    return node["items"] if "items" in node else node.get("properties", {}).get(step)


def _numbered(label: Text, step: str | int) -> Text:
    number = step + 1 if isinstance(step, int) else step
    return Text(bn=f"{label.bn} {bangla_digits(number)}", en=f"{label.en} {number}")


def _first(types: Any) -> str:
    return str(types[0]) if isinstance(types, list) and types else str(types)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _step(text: str) -> str | int:
    """Read one step of a pointer; what looks like a place in a list is one."""
    if _PLACE.fullmatch(text):
        return parse_int(text)
    return text.replace("~1", "/").replace("~0", "~")
