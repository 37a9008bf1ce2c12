"""Valid answers to any form of the catalogue: required fields only, nothing of a real person.

Fields for papers name one that nobody has; `with_paper` puts a citizen's own in its place.
"""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

FEE_DAY = "2026-01-05"
"""Of the birth or death that is registered; the fee depends on it."""

NO_PAPER = "0190aaaa-0000-7000-8000-000000000001"

_BY_KIND: Mapping[str, Any] = {
    "bangla_name": "নমুনা নাগরিক",
    "latin_name": "Sample Citizen",
    "text": "নমুনা লেখা",
    "long_text": "নমুনা হিসেবে লেখা একটি বিবরণ",
    "nid": "1234567890",
    "birth_number": "19901234567890123",
    "mobile": "01700000000",
    "tin": "123456789012",
    "passport_number": "AB1234567",
    "date": "1990-03-12",
    "taka": 5000,
    "yes_no": False,
    "sex": "female",
    "address": {"area": "302618"},
    "person": {"name_bn": "নমুনা অভিভাবক", "nid": "1234567890"},
    "file": {"document_id": NO_PAPER, "issued_on": "2026-11-01"},
}
_BY_FIELD: Mapping[str, Any] = {
    "birth_district": "3026",
    "when": "2026-11-01",
    "deed_date": "2020-01-01",
    "old_tin": "123456789",
    "dag": "12/3",
}
# Required by a form's rules and not by its schema: an age, a relation, a kind of document; and the
# union whose office gives the certificate.
_BY_SERVICE: Mapping[str, Mapping[str, Any]] = {
    "S001": {"birth_date": FEE_DAY, "relation": "father"},
    "S004": {"death_date": FEE_DAY},
    "S005": {"permanent_address": {"area": "100409", "union": "U2393"}},
    "S020": {"identity_kind": "nid"},
    # The body whose grievance officer works in the demo.
    "G001": {"body": "lgd"},
    "S055": {"birth_date": "1950-01-01", "yearly_income_bdt": 9000},
}
_MAX_ROUNDS = 20


class NoValidAnswers(Exception):
    """No answers were found that satisfy the form's schema."""


def valid_answers(public_service_id: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Answer the required fields of a form.

    Args:
        public_service_id: the public service of the form.
        schema: the self-contained schema of `ServiceView.form`.

    Raises:
        NoValidAnswers: nothing that was tried satisfies the schema.
    """
    asked = schema["properties"]  # a last release may ask less
    by_service = {
        name: answer
        for name, answer in _BY_SERVICE.get(public_service_id, {}).items()
        if name in asked
    }
    try:
        return completed(schema, {**first_answers(schema), **by_service})
    except NoValidAnswers:
        raise NoValidAnswers(public_service_id) from None


def first_answers(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the fields that are always required."""
    return {name: _answer(name, schema["properties"][name]) for name in schema["required"]}


def completed(schema: dict[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Add the fields that the answers require, and remove those that they exclude.

    Raises:
        NoValidAnswers: nothing that was tried satisfies the schema.
    """
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    full = dict(answers)
    for _ in range(_MAX_ROUNDS):
        errors = list(validator.iter_errors(full))
        for error in errors:
            if error.kind.name == "required":
                name = error.kind.as_dict()["property"]
                full[name] = _answer(name, schema["properties"][name])
            else:
                full.pop(str(error.instance_path[0]), None)
        if not errors:
            return full
    raise NoValidAnswers


def names_papers(answers: Any) -> bool:
    """Whether answers name a paper."""
    return bool(with_paper(answers, "another") != answers)


def with_paper(answers: Any, document_id: str) -> Any:
    """Return answers that name a citizen's paper wherever they name one."""
    match answers:
        case dict():
            return {name: with_paper(value, document_id) for name, value in answers.items()}
        case list():
            return [with_paper(value, document_id) for value in answers]
        case _:
            return document_id if answers == NO_PAPER else answers


def _answer(name: str, question: Mapping[str, Any]) -> Any:
    if name in _BY_FIELD:
        return _BY_FIELD[name]
    if "$ref" in question:
        return _answer_of_kind(question)
    if "const" in question:
        return question["const"]
    if "enum" in question:
        return question["enum"][0]
    match question["type"]:
        case "array":
            return [_answer("", question["items"])]
        case "object":
            return {key: _answer(key, question["properties"][key]) for key in question["required"]}
        case "string":
            return "লেখা"
        case _:
            return 1


def _answer_of_kind(question: Mapping[str, Any]) -> Any:
    answer = _BY_KIND[question["$ref"].rsplit("/", 1)[-1]]
    is_undated = question.get("ui", {}).get("dated") is False
    return {"document_id": answer["document_id"]} if is_undated else answer
