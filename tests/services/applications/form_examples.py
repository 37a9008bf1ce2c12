"""The ten forms of the reference data, bundled as the catalogue sends them, and right answers."""

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from tests.libs.contracts.filling import completed, first_answers

FORMS = Path("services/catalogue/reference/forms")
FORM_IDS = ("S001", "S005", "S010", "S016", "S020", "S024", "S025", "S031", "S043", "S055")

# Answers that the rules of a form need beside its schema.
_SPECIAL: dict[str, dict[str, Any]] = {
    "S001": {
        "father": {"name_bn": "করিম", "nid": "1234567890"},
        "mother": {"name_bn": "করিমা"},
        "birth_date": "2026-01-05",
    },
    "S020": {"identity_kind": "nid"},
    "S055": {"birth_date": "1950-01-01", "yearly_income_bdt": 9000},
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
    """The required answers and no others; schema and rules accept them."""
    schema = bundled(form_id)
    return completed(schema, first_answers(schema) | _SPECIAL.get(form_id, {}))
