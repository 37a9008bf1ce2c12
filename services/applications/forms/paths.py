"""The parts of a form's schema that lead to objects of one kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from libs.bangladesh.text import JSON


def paths_to(schema: Any, kind: frozenset[str]) -> dict[str, Any]:
    """Return the parts of a schema that lead to objects with certain fields; empty without any.

    Args:
        schema: the form's schema, without `$ref`.
        kind: the fields that such an object has.
    """
    if not isinstance(schema, dict):
        return {}
    fields = schema.get("properties", {})
    paths = {name: inner for name in fields if (inner := paths_to(fields[name], kind))}
    if fields.keys() >= kind:
        paths |= {key: {} for key in kind}
    items = paths_to(schema.get("items"), kind)
    return ({"properties": paths} if paths else {}) | ({"items": items} if items else {})


def objects_at(
    paths: Mapping[str, Any], kind: frozenset[str], answer: JSON, path: list[str | int]
) -> Iterator[tuple[list[str | int], dict[str, JSON]]]:
    """Yield the objects of a kind inside an answer, each with its path in the form.

    Args:
        paths: the result of `paths_to` for the answer's schema.
        kind: the fields that such an object has.
        answer: the answer at `path`.
        path: the path of the answer in the form.
    """
    if isinstance(answer, list):
        for index, item in enumerate(answer):
            yield from objects_at(paths.get("items", {}), kind, item, [*path, index])
    if not isinstance(answer, dict):
        return
    fields = paths.get("properties", {})
    if fields.keys() >= kind:
        yield path, answer
    for name, inner in fields.items():
        yield from objects_at(inner, kind, answer.get(name), [*path, name])
