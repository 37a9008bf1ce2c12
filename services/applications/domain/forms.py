"""Whether the answers of a form are right: its schema, its addresses, its rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, cast

import jsonschema_rs

from libs.bangladesh.geography import areas_by_code, unions_by_id
from libs.bangladesh.text import JSON, Malformed, normalise_form
from libs.errors import FieldError, Refused, Unreadable
from services.applications.domain.answers import spelled
from services.applications.domain.conditions import Facts, check_condition, holds
from services.applications.domain.field_errors import (
    fault_of,
    fault_of_rule,
    field_error_of_text,
    pointer_to,
)

_MOST_FAULTS = 50
_ADDRESS = frozenset({"area", "union"})  # whoever asks for both asks for an address


@dataclass(frozen=True, slots=True)
class Form:
    """A form ready to be checked against.

    Args:
        validator: the compiled schema.
        flat: the schema without refs, to find labels and kinds of answer in.
        fields: the form's fields in the order in which they are asked.
        addresses: of the schema only what leads to addresses.
        rules: what the schema cannot say.
    """

    validator: jsonschema_rs.Draft202012Validator
    flat: Mapping[str, Any]
    fields: Sequence[str]
    addresses: Mapping[str, Any]
    rules: Sequence[Mapping[str, Any]]


def compile_form(schema: dict[str, Any], rules: Sequence[Mapping[str, Any]]) -> Form:
    """Prepare a form; takes a millisecond or so, hence once per version.

    Raises:
        Refused: the schema or a rule is broken, so nobody could ever answer the form.
    """
    try:
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, offline=True)
        flat = cast("Mapping[str, Any]", jsonschema_rs.dereference(schema, offline=True))
        for rule in rules:
            check_condition(rule["must"])
            check_condition(rule.get("when", rule["must"]))
            FieldError(rule["field"], rule["id"], rule["message"]["bn"], rule["message"]["en"])
    except (ValueError, KeyError, TypeError, jsonschema_rs.ReferencingError) as failure:
        raise Refused("form_schema_broken", type(failure).__name__) from failure
    fields = tuple(schema.get("properties", {}))
    return Form(validator, flat, fields, _leading_to_addresses(flat), tuple(rules))


def check_form(form: Form, answers: dict[str, Any], today: date) -> dict[str, Any]:
    """Return the answers in the spelling to keep, when all of them are right.

    Args:
        form: what to check against.
        answers: as they came.
        today: the day in Dhaka, for rules about ages.

    Raises:
        Unreadable: some answers are not right; its field_errors say which, why, and what to do.
    """
    try:
        kept = cast("dict[str, Any]", spelled(normalise_form(answers), form.flat))
    except Malformed as malformed:
        unkept = field_error_of_text(form.flat, malformed.pointer, malformed.reason)
        raise Unreadable("form_invalid", malformed.reason, field_errors=(unkept,)) from malformed
    field_errors = _schema_errors(form, kept) or _sense_errors(form, kept, today)
    if field_errors:
        codes = ",".join(sorted({field_error.code for field_error in field_errors}))
        raise Unreadable("form_invalid", codes, field_errors=field_errors)
    return kept


def _schema_errors(form: Form, answers: dict[str, Any]) -> tuple[FieldError, ...]:
    if form.validator.is_valid(answers):  # at a tenth of the cost of looking for errors
        return ()
    errors = islice(form.validator.iter_errors(answers), _MOST_FAULTS)
    found = (field_error for error in errors for field_error in fault_of(form.flat, error))
    first_of_each = {field_error.pointer: field_error for field_error in reversed(list(found))}
    place = {pointer_to([name]): number for number, name in enumerate(form.fields)}
    ordered = sorted(
        first_of_each.values(),
        key=lambda field_error: place.get(_field(field_error.pointer), len(place)),
    )
    return tuple(ordered[:_MOST_FAULTS])


def _field(pointer: str) -> str:
    """Return the pointer to the form's field in which something lies."""
    return "/".join(pointer.split("/")[:3])


def _sense_errors(form: Form, answers: dict[str, Any], today: date) -> tuple[FieldError, ...]:
    return (
        *_address_errors(form.flat, form.addresses, answers, []),
        *(fault_of_rule(rule) for rule in form.rules if _broken(rule, answers, today)),
    )


def _broken(rule: Mapping[str, Any], answers: dict[str, Any], today: date) -> bool:
    facts = Facts(answers, today, rule["field"])
    if "when" in rule and not holds(rule["when"], facts):
        return False
    return not holds(rule["must"], facts)


def _leading_to_addresses(schema: Any) -> dict[str, Any]:
    """Keep of a schema what leads to addresses; nothing where there are none."""
    if not isinstance(schema, dict):
        return {}
    asked = schema.get("properties", {})
    kept = {name: inner for name in asked if (inner := _leading_to_addresses(asked[name]))}
    if asked.keys() >= _ADDRESS:
        kept |= {key: {} for key in _ADDRESS}
    items = _leading_to_addresses(schema.get("items"))
    return ({"properties": kept} if kept else {}) | ({"items": items} if items else {})


def _address_errors(
    flat: Mapping[str, Any], schema: Mapping[str, Any], answer: JSON, path: list[str | int]
) -> Iterator[FieldError]:
    """Find addresses by their schema, wherever they lie, and check their codes."""
    if isinstance(answer, list):
        for index, item in enumerate(answer):
            yield from _address_errors(flat, schema.get("items", {}), item, [*path, index])
    if not isinstance(answer, dict):
        return
    asked = schema.get("properties", {})
    if asked.keys() >= _ADDRESS:
        wrong = _wrong_code(answer.get("area"), answer.get("union"))
        if wrong:
            name, code = wrong
            yield field_error_of_text(flat, pointer_to([*path, name], within=""), code)
    for name, inner in asked.items():
        yield from _address_errors(flat, inner, answer.get(name), [*path, name])


def _wrong_code(area: Any, union: Any) -> tuple[str, str] | None:
    if area not in areas_by_code():
        return "area", "area_unknown"
    if union is None:
        return None
    known = unions_by_id().get(union)
    if known is None or known.upazila_code != area:
        return "union", "union_elsewhere"
    return None
