"""Checks the answers of a form: schema, addresses, rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, cast

import jsonschema_rs

from libs.bangladesh.text import Malformed, normalise_form
from libs.conditions import Facts, check_condition, holds
from libs.errors import FieldError, Refused, Unreadable
from services.applications.forms.addresses import ADDRESS, address_errors
from services.applications.forms.dates import issue_errors, words_errors
from services.applications.forms.field_errors import (
    field_error_at,
    field_error_of_rule,
    field_errors_of,
    path_of,
    pointer_to,
)
from services.applications.forms.papers import PAPER, Papers, paper_errors
from services.applications.forms.paths import paths_to
from services.applications.forms.spelling import spelled

_MAX_ERRORS = 50


@dataclass(frozen=True, slots=True)
class Form:
    """A compiled form.

    Args:
        validator: the compiled schema.
        schema: the schema with every `$ref` replaced, for labels and kinds of answer.
        fields: names of the form's fields, in order.
        addresses: the schema without everything that is neither an address nor around one.
        papers: the same, for papers.
        rules: conditions that the schema cannot express.
    """

    validator: jsonschema_rs.Draft202012Validator
    schema: Mapping[str, Any]
    fields: Sequence[str]
    addresses: Mapping[str, Any]
    papers: Mapping[str, Any]
    rules: Sequence[Mapping[str, Any]]


def compile_form(schema: dict[str, Any], rules: Sequence[Mapping[str, Any]]) -> Form:
    """Compile a form; call it once per version, since it takes about a millisecond.

    Raises:
        Refused: the schema or a rule is broken.
    """
    try:
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, offline=True)
        dereferenced = cast("Mapping[str, Any]", jsonschema_rs.dereference(schema, offline=True))
        for rule in rules:
            check_condition(rule["must"])
            check_condition(rule.get("when", rule["must"]))
            FieldError(rule["field"], rule["id"], rule["message"]["bn"], rule["message"]["en"])
    except (ValueError, KeyError, TypeError, jsonschema_rs.ReferencingError) as failure:
        raise Refused("form_schema_broken", type(failure).__name__) from failure
    fields = tuple(schema.get("properties", {}))
    return Form(
        validator=validator,
        schema=dereferenced,
        fields=fields,
        addresses=paths_to(dereferenced, ADDRESS),
        papers=paths_to(dereferenced, PAPER),
        rules=tuple(rules),
    )


def check_form(form: Form, answers: dict[str, Any], today: date, papers: Papers) -> dict[str, Any]:
    """Check the answers of a form; return them as they are stored, with numbers normalised.

    Args:
        form: the compiled form.
        answers: the answers as received.
        today: the day in Dhaka, for rules about ages.
        papers: the papers that the answers may name.

    Raises:
        Unreadable: an answer is wrong; at most 50 field errors name the wrong answers.
    """
    try:
        stored = cast("dict[str, Any]", spelled(normalise_form(answers), form.schema))
    except Malformed as malformed:
        error = field_error_at(form.schema, path_of(malformed.pointer), malformed.reason)
        raise Unreadable("form_invalid", malformed.reason, field_errors=(error,)) from malformed
    errors = _schema_errors(form, stored) or (
        *address_errors(form.schema, form.addresses, stored),
        *words_errors(form.schema, stored),
        *issue_errors(form.schema, form.papers, stored, today),
        *paper_errors(form.schema, form.papers, stored, papers),
        *(field_error_of_rule(rule) for rule in form.rules if _is_broken(rule, stored, today)),
    )
    if errors:
        codes = ",".join(sorted({error.code for error in errors}))
        raise Unreadable("form_invalid", codes, field_errors=errors)
    return stored


def find_errors(
    form: Form, answers: dict[str, Any], today: date, fields: Collection[str] | None = None
) -> tuple[FieldError, ...]:
    """Return the errors in the answers so far; empty if there are none.

    Args:
        form: the compiled form.
        answers: the answers as received, perhaps not all.
        today: the day in Dhaka, for rules about ages.
        fields: the fields of the form to check; None for all. A rule belongs to the field that its
            message names; it counts as kept as long as its other answers are missing.
    """
    try:
        stored = cast("dict[str, Any]", spelled(normalise_form(answers), form.schema))
    except Malformed as malformed:
        return (field_error_at(form.schema, path_of(malformed.pointer), malformed.reason),)
    of_schema = _schema_errors(form, stored)
    wrong = {_top_field(field_error.pointer) for field_error in of_schema}
    right = {name: stored[name] for name in stored if pointer_to([name]) not in wrong}
    others = (
        *address_errors(form.schema, form.addresses, right),
        *words_errors(form.schema, right),
        *issue_errors(form.schema, form.papers, right, today),
        *(field_error_of_rule(rule) for rule in form.rules if _is_broken(rule, right, today)),
    )
    errors = (
        *of_schema,
        *(field_error for field_error in others if _top_field(field_error.pointer) not in wrong),
    )
    return tuple(error for error in errors if _is_in(error.pointer, fields))


def _is_in(pointer: str, fields: Collection[str] | None) -> bool:
    return fields is None or path_of(_top_field(pointer))[-1] in fields


def _schema_errors(form: Form, answers: dict[str, Any]) -> tuple[FieldError, ...]:
    """Return one error per field, in the order of the form."""
    if form.validator.is_valid(answers):  # costs a tenth of collecting errors
        return ()
    found = islice(form.validator.iter_errors(answers), _MAX_ERRORS)
    errors = [error for problem in found for error in field_errors_of(form.schema, problem)]
    first_by_pointer = {error.pointer: error for error in reversed(errors)}
    order = {pointer_to([name]): number for number, name in enumerate(form.fields)}
    ordered = sorted(
        first_by_pointer.values(),
        key=lambda error: order.get(_top_field(error.pointer), len(order)),
    )
    return tuple(ordered[:_MAX_ERRORS])


def _top_field(pointer: str) -> str:
    """Return the pointer to the form's top-level field that contains a pointer."""
    return "/".join(pointer.split("/")[:3])


def _is_broken(rule: Mapping[str, Any], answers: dict[str, Any], today: date) -> bool:
    facts = Facts(answers, today, rule["field"])
    if "when" in rule and not holds(rule["when"], facts):
        return False
    return not holds(rule["must"], facts)
