"""Valid answers to a form of `ServiceView.form`: required fields only."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

_BY_KIND: Mapping[str, Any] = {
    "bangla_name": "রহিমা খাতুন",
    "latin_name": "Rahima Khatun",
    "text": "সাধারণ লেখা",
    "long_text": "একটি যথেষ্ট লম্বা বিবরণ",
    "nid": "1234567890",
    "birth_number": "19901234567890123",
    "mobile": "01712345678",
    "tin": "123456789012",
    "passport_number": "AB1234567",
    "date": "1990-03-12",
    "taka": 5000,
    "yes_no": False,
    "sex": "female",
    "address": {"area": "100409"},
    "person": {"name_bn": "করিম উদ্দিন", "nid": "1234567890"},
    "file": {"document_id": "0190aaaa-0000-7000-8000-000000000001", "issued_on": "2026-11-01"},
}
_BY_FIELD: Mapping[str, Any] = {
    "birth_district": "3026",
    "when": "2026-11-01",
    "deed_date": "2020-01-01",
    "old_tin": "123456789",
    "dag": "12/3",
}
_MOST_ROUNDS = 20


def first_answers(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the fields that are always required."""
    return {name: _answer(name, schema["properties"][name]) for name in schema["required"]}


def completed(schema: dict[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Add the fields that the answers require, and remove those that they exclude."""
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    full = dict(answers)
    for _ in range(_MOST_ROUNDS):
        errors = list(validator.iter_errors(full))
        for error in errors:
            if error.kind.name == "required":
                name = error.kind.as_dict()["property"]
                full[name] = _answer(name, schema["properties"][name])
            else:
                full.pop(str(error.instance_path[0]), None)
        if not errors:
            return full
    raise AssertionError("no right answers found")


def _answer(name: str, question: Mapping[str, Any]) -> Any:
    if name in _BY_FIELD:
        return _BY_FIELD[name]
    if "$ref" in question:
        return _BY_KIND[question["$ref"].rsplit("/", 1)[-1]]
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
