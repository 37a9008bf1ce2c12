"""The form of a public service: a self-contained JSON Schema.

Twelve services have a form of their own; the others share reference/forms/S000.json. The files
refer to definitions in reference/forms/common.json, which are bundled into `$defs` of the schema.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from libs.contracts.catalogue import FormOrigin

COMMON_FORM: Final = "S000"

_FOLDER: Final = Path(__file__).parents[1] / "reference" / "forms"
_REFERENCE: Final = re.compile(r'"#/\$defs/([^"]+)"')


@dataclass(frozen=True, slots=True)
class Form:
    """A form: `schema` defines the fields, `sections` their order, `rules` further checks."""

    form_id: str
    origin: FormOrigin
    version: int
    schema: dict[str, Any]
    sections: tuple[dict[str, Any], ...]
    rules: tuple[dict[str, Any], ...]


def forms_for(public_service_ids: Collection[str]) -> dict[str, Form]:
    """Return the form of every service, by id."""
    own = _forms()
    return {key: own.get(key, own[COMMON_FORM]) for key in public_service_ids}


@cache
def _forms() -> Mapping[str, Form]:
    definitions = _read("common.json")["$defs"]
    files = [_read(path.name) for path in sorted(_FOLDER.glob("[GS]*.json"))]
    return {file["form"]: _form(file, definitions) for file in files}


def _form(file: Mapping[str, Any], definitions: Mapping[str, Any]) -> Form:
    form_id, version = file["form"], file["version"]
    referenced = _referenced(file["schema"], definitions)
    schema = {
        **file["schema"],
        "$id": f"urn:nagorik:form:{form_id}:{version}",
        "$defs": {name: kind for name, kind in definitions.items() if name in referenced},
    }
    origin: FormOrigin = file["origin"]
    return Form(form_id, origin, version, schema, tuple(file["sections"]), tuple(file["rules"]))


def _referenced(schema: Any, definitions: Mapping[str, Any]) -> set[str]:
    """Return the names of the definitions that a schema uses, directly or indirectly."""
    referenced: set[str] = set()
    unread = [schema]
    while unread:
        names = set(_REFERENCE.findall(json.dumps(unread.pop()))) - referenced
        referenced |= names
        unread.extend(definitions[name] for name in names)
    return referenced


def _read(name: str) -> dict[str, Any]:
    """Read a file; its references to common.json become references to its own `$defs`."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text.replace('"common.json#', '"#'))
    return content
