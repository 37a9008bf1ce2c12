"""Valid answers to a form, for every choice that other questions depend on."""

from collections.abc import Mapping
from typing import Any

from tests.libs.contracts.filling import completed, first_answers


def fillings(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Fill a form once per choice of a question that other questions depend on."""
    start = first_answers(schema)
    filled = [completed(schema, start)]
    for name in sorted(_decisive(schema.get("allOf", ())) & start.keys()):
        choices = schema["properties"][name].get("enum", (True, False))
        filled.extend(completed(schema, {**start, name: choice}) for choice in choices)
    return filled


def _decisive(part: Any) -> set[str]:
    """Name the questions whose answers decide whether others are asked."""
    if isinstance(part, Mapping):
        own = part["if"].get("properties", {}) if isinstance(part.get("if"), Mapping) else {}
        return set(own).union(*map(_decisive, part.values()))
    if isinstance(part, list | tuple):
        return set().union(*map(_decisive, part))
    return set()
