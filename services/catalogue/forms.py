"""The form of each public service: a JSON Schema that needs nothing beside itself.

Ten services have a form of their own; all others share one, reference/forms/S000.json. The files
refer to reference/forms/common.json; here what they refer to is put under each schema's `$defs`.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

COMMON_FORM: Final = "S000"

_FOLDER: Final = Path(__file__).with_name("reference") / "forms"
_SHARED: Final = "common.json#/$defs/"
_OWN: Final = "#/$defs/"


@dataclass(frozen=True, slots=True)
class Form:
    """What an applicant is asked: `schema` is the truth, `sections` its order, `rules` the rest."""

    form_id: str
    version: int
    schema: dict[str, Any]
    sections: tuple[dict[str, Any], ...]
    rules: tuple[dict[str, Any], ...]


def forms_for(public_service_ids: Collection[str]) -> dict[str, Form]:
    """Return the form of each service, under its id."""
    own = _forms()
    return {each: own.get(each, own[COMMON_FORM]) for each in public_service_ids}


@cache
def _forms() -> Mapping[str, Form]:
    kinds = _read("common.json")["$defs"]
    files = [_read(path.name) for path in sorted(_FOLDER.glob("S*.json"))]
    return {file["form"]: _form(file, kinds) for file in files}


def _form(file: Mapping[str, Any], kinds: Mapping[str, Any]) -> Form:
    return Form(
        form_id=file["form"],
        version=file["version"],
        schema=_bundled(file, kinds),
        sections=tuple(file["sections"]),
        rules=tuple(file["rules"]),
    )


def _bundled(file: Mapping[str, Any], kinds: Mapping[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = _rewritten(file["schema"])
    schema["$id"] = f"urn:nagorik:form:{file['form']}:{file['version']}"
    needed = _needed(schema, kinds)
    return {**schema, "$defs": {name: kinds[name] for name in kinds if name in needed}}


def _rewritten(part: Any) -> Any:
    """Return a part of a schema that looks for the shared kinds under its own `$defs`."""
    if isinstance(part, dict):
        return {key: _rewritten_ref(key, value) for key, value in part.items()}
    if isinstance(part, list):
        return [_rewritten(each) for each in part]
    return part


def _rewritten_ref(key: str, value: Any) -> Any:
    if key == "$ref" and isinstance(value, str) and value.startswith(_SHARED):
        return _OWN + value.removeprefix(_SHARED)
    return _rewritten(value)


def _needed(schema: Any, kinds: Mapping[str, Any]) -> set[str]:
    """Return the names of the shared kinds that a schema needs, and those that these need."""
    needed: set[str] = set()
    waiting = list(_named(schema))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(_named(kinds[name]))
    return needed


def _named(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        ref = part.get("$ref")
        if isinstance(ref, str) and ref.startswith(_OWN):
            yield ref.removeprefix(_OWN)
        for value in part.values():
            yield from _named(value)
    elif isinstance(part, list):
        for each in part:
            yield from _named(each)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return content
