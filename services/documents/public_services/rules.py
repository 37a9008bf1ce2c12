"""Which papers a form asks for."""

from collections.abc import Mapping
from typing import Any, Final

_PAPER: Final = "document_id"
"""An object with this field is a paper."""


def kinds_in(schema: Mapping[str, Any]) -> list[str]:
    """Return the fields of a form that ask for papers, or have some inside.

    Args:
        schema: of the form; its references point into its own `$defs`.
    """
    definitions = _definitions(schema)
    fields = schema.get("properties", {})
    return [name for name, node in fields.items() if _has_paper(node, definitions)]


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definitions of a schema by name, also those of a schema that it embeds."""
    found: dict[str, Any] = dict(schema.get("$defs", {}))
    for each in list(found.values()):
        found |= _definitions(each)
    return found


def _has_paper(node: Any, definitions: Mapping[str, Any]) -> bool:
    if not isinstance(node, Mapping):
        return False
    fields = node.get("properties", {})
    referred = definitions.get(node.get("$ref", "").rpartition("/")[2])
    inner = (*fields.values(), node.get("items"), referred)
    return _PAPER in fields or any(_has_paper(each, definitions) for each in inner)
