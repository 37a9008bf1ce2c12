"""The applicant's identity in the answers of a form: name, number and birth date.

The forms mark these fields: `ui.prefill` names what the register knows of the applicant. Two forms
mark none, since nothing is known before: in a birth registration the applicant is the child, and a
trade licence has one applicant or several, its owners.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from libs.bangladesh.text import initials
from libs.contracts.mandates import (
    FEE_DAYS,
    MOST_REPLACED,
    ApplicantPart,
    Replacement,
    fee_day_mark,
    number_mark,
    replacement_of,
)
from libs.errors import Unreadable
from services.applications.forms.field_errors import Path, field_error_at

_MARKED: Final[Mapping[str, ApplicantPart]] = {
    "verified.name_bn": "name",
    "verified.name_en": "name",
    "verified.nid": "number",
    "verified.birth_number": "number",
    "verified.birth_date": "birth_date",
}
_OF_CHILD: Final[Mapping[str, ApplicantPart]] = {
    "name_bn": "name",
    "name_en": "name",
    "birth_date": "birth_date",
}
_OF_OWNERS: Final[Mapping[str, ApplicantPart]] = {
    "name_bn": "name",
    "name_en": "name",
    "nid": "number",
    "birth_number": "number",
}
_BIRTH_REGISTRATION: Final = "S001"
_TRADE_LICENCE: Final = "S010"
_OWNERS: Final = "owners"
_ORDER: Final[tuple[ApplicantPart, ...]] = ("name", "number", "birth_date")


class _Said(NamedTuple):
    """One answer that says who an applicant is."""

    part: ApplicantPart
    path: Path
    answer: Any
    is_nid: bool


def initials_in(schema: Mapping[str, Any], form: Mapping[str, Any]) -> str | None:
    """Return the initials of the applicant's name in a form; None where it has none."""
    for said in _said(schema, form):
        if said.part == "name" and (letters := initials(str(said.answer or ""))):
            return letters
    return None


def changes(
    schema: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[ApplicantPart, ...]:
    """Return how two fillings of a form differ in the applicant's identity."""
    parts = {part for part, _, _ in _differences(schema, before, after)}
    return tuple(part for part in _ORDER if part in parts)


def replaced(
    schema: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Replacement, ...]:
    """Return the words in which a citizen is asked to agree to these differences."""
    found = sorted(_differences(schema, before, after), key=lambda each: _ORDER.index(each[0]))
    return tuple(replacement_of(*difference) for difference in found[:MOST_REPLACED])


def _differences(
    schema: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[ApplicantPart, Any, Any]]:
    earlier = {(said.part, said.path): said.answer for said in _said(schema, before)}
    later = {(said.part, said.path): said.answer for said in _said(schema, after)}
    return [
        (key[0], earlier.get(key), later.get(key))
        for key in {**earlier, **later}
        if earlier.get(key) != later.get(key)
    ]


def check_number(
    schema: Mapping[str, Any], form: Mapping[str, Any], mandate_id: UUID, mark: str | None
) -> None:
    """Check that a form has the number for which the citizen consented.

    Only numbers of one kind are compared: who consents with an NID may apply for a child who has a
    birth registration number, and a form without a number of the applicant says nothing.

    Args:
        schema: of the form.
        form: the checked answers.
        mandate_id: of the consent.
        mark: of the number that was given with it; None if none was.

    Raises:
        Unreadable: the form has another number.
    """
    if mark is None:
        return
    kind: Literal["nid", "birth"] = "nid" if mark.startswith("nid:") else "birth"
    given = [
        said
        for said in _said(schema, form)
        if said.part == "number" and said.answer and said.is_nid == (kind == "nid")
    ]
    if not given or any(number_mark(mandate_id, kind, said.answer) == mark for said in given):
        return
    error = field_error_at(schema, given[0].path, "number_not_consented")
    raise Unreadable("form_invalid", error.code, field_errors=(error,))


def check_fee_day(
    schema: Mapping[str, Any], form: Mapping[str, Any], mandate_id: UUID, mark: str | None
) -> None:
    """Check that a form has the day for which the fee was computed that the citizen agreed to.

    Args:
        schema: of the form; few have such a day.
        form: the checked answers.
        mandate_id: of the consent.
        mark: of the day; None if none decided on the fee.

    Raises:
        Unreadable: the form has another day, so that another fee could be due.
    """
    form_id = str(schema.get("$id", ""))
    field = next((day for service, day in FEE_DAYS.items() if service in form_id), None)
    if mark is None or field is None:
        return
    if fee_day_mark(mandate_id, form[field]) != mark:
        error = field_error_at(schema, (field,), "fee_day_differs")
        raise Unreadable("form_invalid", error.code, field_errors=(error,))


def _said(schema: Mapping[str, Any], form: Mapping[str, Any]) -> Iterator[_Said]:
    form_id = str(schema.get("$id", ""))
    if _TRADE_LICENCE in form_id:
        for place, owner in enumerate(form.get(_OWNERS, ())):
            for name, part in _OF_OWNERS.items():
                yield _Said(part, (_OWNERS, place, name), owner.get(name), name == "nid")
        return
    of_child = _OF_CHILD if _BIRTH_REGISTRATION in form_id else {}
    for name, field in schema.get("properties", {}).items():
        marked = field.get("ui", {}).get("prefill", "") if isinstance(field, dict) else ""
        kind = _MARKED.get(marked) or of_child.get(name)
        if kind:
            yield _Said(kind, (name,), form.get(name), marked == "verified.nid")
