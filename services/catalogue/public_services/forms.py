"""The form of a public service: a self-contained JSON Schema.

Ten services have a form of their own; the others share reference/forms/S000.json. The files refer
to definitions in reference/forms/common.json, which are bundled into `$defs` of the schema.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

COMMON_FORM: Final = "S000"

_FOLDER: Final = Path(__file__).parents[1] / "reference" / "forms"
_SHARED: Final = "common.json#/$defs/"
_OWN: Final = "#/$defs/"


@dataclass(frozen=True, slots=True)
class Form:
    """A form: `schema` defines the answers, `sections` their order, `rules` further checks."""

    form_id: str
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
    files = [_read(path.name) for path in sorted(_FOLDER.glob("S*.json"))]
    return {file["form"]: _form(file, definitions) for file in files}


def _form(file: Mapping[str, Any], definitions: Mapping[str, Any]) -> Form:
    return Form(
        form_id=file["form"],
        version=file["version"],
        schema=_bundled(file, definitions),
        sections=tuple(file["sections"]),
        rules=tuple(file["rules"]),
    )


def _bundled(file: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = _localised(file["schema"])
    schema["$id"] = f"urn:nagorik:form:{file['form']}:{file['version']}"
    referenced = _referenced(schema, definitions)
    bundled = {name: kind for name, kind in definitions.items() if name in referenced}
    return {**schema, "$defs": bundled}


def _localised(part: Any) -> Any:
    """Return a part of a schema with its references changed to the schema's own `$defs`."""
    if isinstance(part, dict):
        return {key: _localised_ref(key, value) for key, value in part.items()}
    if isinstance(part, list):
        return [_localised(item) for item in part]
    return part


def _localised_ref(key: str, value: Any) -> Any:
    if key == "$ref" and isinstance(value, str) and value.startswith(_SHARED):
        return _OWN + value.removeprefix(_SHARED)
    return _localised(value)


def _referenced(schema: Any, definitions: Mapping[str, Any]) -> set[str]:
    """Return the names of the shared definitions that a schema refers to, also indirectly."""
    referenced: set[str] = set()
    waiting = list(_direct_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in referenced:
            referenced.add(name)
            waiting.extend(_direct_references(definitions[name]))
    return referenced


def _direct_references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        ref = part.get("$ref")
        if isinstance(ref, str) and ref.startswith(_OWN):
            yield ref.removeprefix(_OWN)
        for value in part.values():
            yield from _direct_references(value)
    elif isinstance(part, list):
        for item in part:
            yield from _direct_references(item)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return content
