"""The kinds of papers that a form asks for."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_PAPER: Final = "document_id"
"""An object with this field is a paper."""


def kinds_in(schema: Mapping[str, Any]) -> list[str]:
    """Return the kinds of papers that a form asks for, and the fields that ask for them.

    A paper's kind stands in `ui.document_kind` of its field. The field's name is taken too: it was
    the kind before fields had one, and is where a field takes any paper.

    Args:
        schema: of the form; its references point into its own `$defs`.
    """
    definitions = _definitions(schema)
    fields = {
        name: node
        for name, node in schema.get("properties", {}).items()
        if _has_paper(node, definitions)
    }
    return list(
        dict.fromkeys([*fields, *(kind for field in fields.values() for kind in _own(field))])
    )


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definitions of a schema by name, also those of a schema that it embeds."""
    found: dict[str, Any] = dict(schema.get("$defs", {}))
    for definition in list(found.values()):
        found |= _definitions(definition)
    return found


def _own(node: Any) -> Iterator[str]:
    """Yield the kinds that a field and the fields inside it name."""
    if not isinstance(node, Mapping):
        return
    kind = node.get("ui", {}).get("document_kind")
    if kind is not None:
        yield kind
    for member in (*node.get("properties", {}).values(), node.get("items")):
        yield from _own(member)


def _has_paper(node: Any, definitions: Mapping[str, Any]) -> bool:
    if not isinstance(node, Mapping):
        return False
    fields = node.get("properties", {})
    referred = definitions.get(node.get("$ref", "").rpartition("/")[2])
    inner = (*fields.values(), node.get("items"), referred)
    return _PAPER in fields or any(_has_paper(member, definitions) for member in inner)
