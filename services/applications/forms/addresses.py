"""Checks the addresses in a form's answers: the area exists and contains the union."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from libs.bangladesh.geography import areas_by_code, unions_by_id
from libs.bangladesh.text import JSON
from libs.errors import FieldError
from services.applications.forms.field_errors import field_error_at
from services.applications.forms.paths import objects_at

ADDRESS: Final = frozenset({"area", "union"})
"""An object with both of these fields is an address."""


def address_errors(
    schema: Mapping[str, Any], addresses: Mapping[str, Any], answers: JSON
) -> Iterator[FieldError]:
    """Check the codes of all addresses in the answers of a form.

    Args:
        schema: the schema of the form, for labels.
        addresses: the schema without everything that is neither an address nor around one.
        answers: the answers.
    """
    for path, address in objects_at(addresses, ADDRESS, answers, []):
        wrong = _wrong_code(address.get("area"), address.get("union"))
        if wrong:
            name, code = wrong
            yield field_error_at(schema, [*path, name], code)


def _wrong_code(area: Any, union: Any) -> tuple[str, str] | None:
    if area not in areas_by_code():
        return "area", "area_unknown"
    if union is None:
        return None
    named_union = unions_by_id().get(union)
    if named_union is None or named_union.upazila_code != area:
        return "union", "union_elsewhere"
    return None
