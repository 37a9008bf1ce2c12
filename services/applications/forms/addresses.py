"""Checks the addresses in a form's answers: the area exists and contains the union."""

from collections.abc import Iterator, Mapping
from typing import Any

from libs.bangladesh.geography import areas_by_code, unions_by_id
from libs.bangladesh.text import JSON
from libs.errors import FieldError
from services.applications.forms.field_errors import field_error_at

_ADDRESS = frozenset({"area", "union"})  # an object with both of these fields is an address


def paths_to_addresses(schema: Any) -> dict[str, Any]:
    """Return the parts of a schema that lead to addresses; empty if it has none.

    Args:
        schema: the form's schema, without `$ref`.
    """
    if not isinstance(schema, dict):
        return {}
    fields = schema.get("properties", {})
    paths = {name: inner for name in fields if (inner := paths_to_addresses(fields[name]))}
    if fields.keys() >= _ADDRESS:
        paths |= {key: {} for key in _ADDRESS}
    items = paths_to_addresses(schema.get("items"))
    return ({"properties": paths} if paths else {}) | ({"items": items} if items else {})


def address_errors(
    schema: Mapping[str, Any],
    addresses: Mapping[str, Any],
    answer: JSON,
    path: list[str | int],
) -> Iterator[FieldError]:
    """Check the codes of all addresses inside an answer.

    Args:
        schema: the schema of the form, for labels.
        addresses: the result of `paths_to_addresses` for the answer's schema.
        answer: the answer at `path`.
        path: the path of the answer in the form.
    """
    if isinstance(answer, list):
        for index, item in enumerate(answer):
            inner = addresses.get("items", {})
            yield from address_errors(schema, inner, item, [*path, index])
    if not isinstance(answer, dict):
        return
    fields = addresses.get("properties", {})
    if fields.keys() >= _ADDRESS:
        wrong = _wrong_code(answer.get("area"), answer.get("union"))
        if wrong:
            name, code = wrong
            yield field_error_at(schema, [*path, name], code)
    for name, inner in fields.items():
        yield from address_errors(schema, inner, answer.get(name), [*path, name])


def _wrong_code(area: Any, union: Any) -> tuple[str, str] | None:
    if area not in areas_by_code():
        return "area", "area_unknown"
    if union is None:
        return None
    known = unions_by_id().get(union)
    if known is None or known.upazila_code != area:
        return "union", "union_elsewhere"
    return None
