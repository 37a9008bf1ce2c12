"""The answers of a form that conditions and pointers of a workflow may name."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from libs.conditions import Condition, check_condition, comparisons_in
from libs.workflows.facts import FACTS

_REGISTER: Final = {"enum": ["full", "partial", "none", "unreachable"]}
_NUMBER: Final = {"type": "number"}
_NUMBERS: Final = frozenset(
    {"age_days", "age_years", "case.attempt", "person.open_cases"}
    | {"form.class_count", "form.birth_date_shift_days"}
)
_FILE_OR_DATE: Final = ("{}_date", "{}")


def answer_schema(form: Mapping[str, Any], pointer: str) -> Mapping[str, Any] | None:
    """Return the schema of the answer at a pointer; None if the form does not ask for it."""
    found: Mapping[str, Any] | None = form
    for name in pointer.strip("/").split("/"):
        found = _resolved(form, (found or {}).get("properties", {}).get(name))
    return found


def wrong_comparison(
    condition: Condition, form: Mapping[str, Any], items: Collection[str], sets: Collection[str]
) -> str | None:
    """Return why a condition cannot be used; None if it can.

    Args:
        condition: the condition.
        form: schema of the form.
        items: of the tariffs.
        sets: values that officers set.
    """
    try:
        check_condition(condition)
        comparisons = list(comparisons_in(condition))
    except TypeError as failure:
        return str(failure)
    for comparison in comparisons:
        schema = _fact_schema(comparison["fact"], form, items, sets)
        if schema is None:
            return f"there is no fact `{comparison['fact']}`"
        if reason := _wrong_value(comparison, _resolved(form, schema.get("items")) or schema):
            return reason
    return None


def _fact_schema(
    fact: str, form: Mapping[str, Any], items: Collection[str], sets: Collection[str]
) -> Mapping[str, Any] | None:
    if fact == "register.match":
        return _REGISTER
    if fact in FACTS:
        return _NUMBER if fact in _NUMBERS else {}
    kind, _, name = fact.partition(".")
    if kind == "form":
        found = answer_schema(form, name.replace(".", "/"))
        return {} if found is None and name in sets else found
    if kind == "tariff":
        return _NUMBER if name in {f"{item}.amount_bdt" for item in items} else None
    if kind == "age_of" and name.endswith("_days"):
        asked = (pattern.format(name.removesuffix("_days")) for pattern in _FILE_OR_DATE)
        return _NUMBER if any(answer_schema(form, field) is not None for field in asked) else None
    return None


def _wrong_value(comparison: Condition, schema: Mapping[str, Any]) -> str | None:
    values = comparison.get("among", [comparison["eq"]] if "eq" in comparison else [])
    allowed = schema.get("enum")
    unknown = [value for value in values if allowed is not None and value not in allowed]
    if unknown:
        return f"`{comparison['fact']}` is never {unknown[0]!r}"
    orders = comparison.keys() & {"ge", "gt", "le", "lt"}
    kinds = {type(value) for value in allowed or ()}
    is_number = schema.get("type") in {None, "number", "integer"} and kinds <= {int, float}
    return f"`{comparison['fact']}` is no number" if orders and not is_number else None


def _resolved(form: Mapping[str, Any], schema: Any) -> Mapping[str, Any] | None:
    """Return a schema, or the definition of the form to which it refers."""
    if isinstance(schema, Mapping) and "$ref" in schema:
        found = form.get("$defs", {}).get(str(schema["$ref"]).removeprefix("#/$defs/"))
        return _resolved(form, found)
    return schema if isinstance(schema, Mapping) else None
