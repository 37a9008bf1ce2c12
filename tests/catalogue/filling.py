"""Answers to a form as the catalogue tells it: only what is asked, and right."""

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
    "yes_no": True,
    "sex": "female",
    "address": {"area": "100409", "ward": 3},
    "person": {"name_bn": "করিম উদ্দিন", "nid": "1234567890"},
    "file": {"document_id": "0190aaaa-0000-7000-8000-000000000001", "issued_on": "2026-11-01"},
}
_BY_FIELD: Mapping[str, Any] = {"birth_district": "3026", "old_tin": "123456789", "dag": "12/3"}


def fillings(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Fill a form once for each choice of each question that other questions depend on."""
    start = {name: _answer(name, schema["properties"][name]) for name in schema["required"]}
    filled = [_completed(schema, start)]
    for name in sorted(_decisive(schema.get("allOf", ())) & start.keys()):
        choices = schema["properties"][name].get("enum", (True, False))
        filled.extend(_completed(schema, {**start, name: choice}) for choice in choices)
    return filled


def _decisive(part: Any) -> set[str]:
    """Name the questions whose answers decide whether others are asked."""
    if isinstance(part, Mapping):
        own = part["if"].get("properties", {}) if isinstance(part.get("if"), Mapping) else {}
        return set(own).union(*map(_decisive, part.values()))
    if isinstance(part, list | tuple):
        return set().union(*map(_decisive, part))
    return set()


def _completed(schema: dict[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Add what the answers so far make required, and take out what they rule out."""
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    full = dict(answers)
    for _ in range(20):
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


def _answer(name: str, schema: Mapping[str, Any]) -> Any:
    if name in _BY_FIELD:
        return _BY_FIELD[name]
    if "$ref" in schema:
        return _BY_KIND[schema["$ref"].rsplit("/", 1)[-1]]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "array":
            return [_answer("", schema["items"])]
        case "object":
            return {key: _answer(key, schema["properties"][key]) for key in schema["required"]}
        case "string":
            return "লেখা"
        case _:
            return 1
