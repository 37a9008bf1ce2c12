"""The ten forms of the reference data, bundled as the catalogue tells them, and right answers."""

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

FORMS = Path("services/catalogue/reference/forms")
FORM_IDS = ("S001", "S005", "S010", "S016", "S020", "S024", "S025", "S031", "S043", "S055")
DOCUMENT_ID = "0190aaaa-0000-7000-8000-000000000001"

_BY_KIND: dict[str, Any] = {
    "bangla_name": "রহিমা খাতুন",
    "latin_name": "Rahima Khatun",
    "text": "সাধারণ লেখা",
    "long_text": "একটি যথেষ্ট লম্বা লেখা",
    "nid": "1234567890",
    "birth_number": "19901234567890123",
    "mobile": "01712345678",
    "tin": "123456789012",
    "passport_number": "AB1234567",
    "date": "1990-03-12",
    "taka": 5000,
    "yes_no": False,
    "address": {"area": "100409"},
    "file": {"document_id": DOCUMENT_ID, "issued_on": "2026-11-01"},
}
_BY_FIELD: dict[str, Any] = {
    "birth_district": "3026",
    "when": "2026-11-01",
    "deed_date": "2020-01-01",
    "old_tin": "123456789",
    "dag": "12/3",
}


@cache
def reference(form_id: str) -> dict[str, Any]:
    """A form file as it stands."""
    return dict(orjson.loads((FORMS / f"{form_id}.json").read_bytes()))


def bundled(form_id: str) -> dict[str, Any]:
    """The schema with common.json inside it, as one self-contained document (2020-12, 9.3)."""
    schema = dict(reference(form_id)["schema"])
    schema["$defs"] = {"common": orjson.loads((FORMS / "common.json").read_bytes())}
    return schema


def rules(form_id: str) -> tuple[dict[str, Any], ...]:
    """The form's rules."""
    return tuple(reference(form_id)["rules"])


def right_answers(form_id: str) -> dict[str, Any]:
    """Answer what is asked and nothing else, so that schema and rules are content."""
    schema = bundled(form_id)
    answers = {name: _answer(name, schema["properties"][name]) for name in schema["required"]}
    answers |= _SPECIAL.get(form_id, {})
    for _ in range(20):
        errors = list(jsonschema_rs.Draft202012Validator(schema).iter_errors(answers))
        for error in errors:
            if error.kind.name == "required":
                name = error.kind.as_dict()["property"]
                answers[name] = _answer(name, schema["properties"][name])
            else:
                answers.pop(error.instance_path[0])
        if not errors:
            return answers
    raise AssertionError(f"no right answers found for {form_id}")


_SPECIAL: dict[str, dict[str, Any]] = {
    "S001": {"father": {"name_bn": "করিম", "nid": "1234567890"}, "birth_date": "2026-01-05"},
    "S020": {"identity_kind": "nid"},
    "S055": {"birth_date": "1950-01-01", "yearly_income_bdt": 9000},
}


def _answer(name: str, schema: dict[str, Any]) -> Any:
    if name in _BY_FIELD:
        return _BY_FIELD[name]
    kind = schema.get("$ref", "").rsplit("/", 1)[-1]
    if kind == "person":
        return {"name_bn": "করিম উদ্দিন"}
    if kind:
        return _BY_KIND[kind]
    return _plain_answer(schema)


def _plain_answer(schema: dict[str, Any]) -> Any:
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
