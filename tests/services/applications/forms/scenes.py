"""The eleven forms of the reference data, as the catalogue announces them, with valid answers."""

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from tools.virtual_users.forms import completed, first_answers

FORMS = Path("services/catalogue/reference/forms")
FORM_IDS = ("S001", "S004", "S005", "S010", "S016", "S020", "S024", "S025", "S031", "S043", "S055")

# Answers that the rules of a form need in addition to its schema.
_SPECIAL: dict[str, dict[str, Any]] = {
    "S001": {
        "father": {"name_bn": "করিম", "nid": "1234567890"},
        "mother": {"name_bn": "করিমা"},
        "birth_date": "2026-01-05",
        "relation": "father",
    },
    "S020": {"identity_kind": "nid"},
    "S055": {"birth_date": "1950-01-01", "yearly_income_bdt": 9000},
}


@cache
def reference(form_id: str) -> dict[str, Any]:
    """Return the content of a form file."""
    return dict(orjson.loads((FORMS / f"{form_id}.json").read_bytes()))


def bundled(form_id: str) -> dict[str, Any]:
    """Return the schema with common.json embedded (JSON Schema 2020-12, section 9.3)."""
    schema = dict(reference(form_id)["schema"])
    schema["$defs"] = {"common": orjson.loads((FORMS / "common.json").read_bytes())}
    return schema


def rules(form_id: str) -> tuple[dict[str, Any], ...]:
    """Return the rules of a form."""
    return tuple(reference(form_id)["rules"])


def right_answers(form_id: str) -> dict[str, Any]:
    """Return valid answers to the required fields only."""
    schema = bundled(form_id)
    return completed(schema, first_answers(schema) | _SPECIAL.get(form_id, {}))
