"""Valid answers to a form, for every choice on which other fields depend."""

from collections.abc import Mapping
from typing import Any

from tools.virtual_users.forms import completed, first_answers


def fillings(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return valid answers for every choice of a field on which other fields depend."""
    start = first_answers(schema)
    filled = [completed(schema, start)]
    for name in sorted(_conditional_on(schema.get("allOf", ())) & start.keys()):
        choices = schema["properties"][name].get("enum", (True, False))
        filled.extend(completed(schema, {**start, name: choice}) for choice in choices)
    return filled


def _conditional_on(node: Any) -> set[str]:
    """Return the names of the fields in `if` conditions of a schema."""
    if isinstance(node, Mapping):
        own = node["if"].get("properties", {}) if isinstance(node.get("if"), Mapping) else {}
        return set(own).union(*map(_conditional_on, node.values()))
    if isinstance(node, list | tuple):
        return set().union(*map(_conditional_on, node))
    return set()
