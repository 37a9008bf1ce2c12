"""The templates of decision papers, and the fields that a decision gives them."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, TypeAdapter

from libs.contracts.contract import Contract
from libs.contracts.issuance import LONGEST_FIELD
from libs.contracts.language import Text
from libs.errors import Refused

REFUSAL: Final = "refusal_order"
OWN_DOCUMENT: Final = "own_document"
"""The paper is a PDF of the ministry's own: it is not drawn, and documents has the file."""

NOT_GIVEN: Final = "-"
"""Stands where a form has nothing for a field that its template needs."""

_SOFT_HYPHEN: Final = "\u00ad"
_MARKS: Final = "\u0964\u0965\u2013\u2014\u2018\u2019\u201c\u201d\u2026"
_FILE: Final = Path(__file__).with_name("templates.json")
_JUNE: Final = 6
"""The last month of the financial year, which begins in July (Constitution, article 152)."""
_ID = r"^[a-z][a-z0-9_]{0,59}$"


class TemplateField(Contract):
    """A line of a paper."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(pattern=_ID)]
    label: Text
    at: Annotated[str, Field(description="JSON pointer to it in the form; empty for none")]
    item: Annotated[str | None, Field(description="The member of each item of a list")] = None
    kind: Literal["text", "day"] = "text"
    required: bool = False
    options: dict[str, Text] = Field(default_factory=dict, description="Words for a code")


class Template(Contract):
    """One version of a template."""

    model_config = ConfigDict(frozen=True)

    template: Annotated[str, Field(pattern=_ID)]
    version: int
    status: Literal["sourced", "illustrative"]
    title: Text
    says: Text
    holder: Annotated[
        str,
        Field(description="The field that names whose paper it is; empty where none has a name"),
    ]
    fields: tuple[TemplateField, ...]
    signature: Annotated[
        Literal["pades"] | None,
        Field(description="How its file is signed too; null where the signed code is enough"),
    ] = None
    outcome: Annotated[
        Literal["approved", "refused", "any"], Field(description="The decisions that it is for")
    ] = "approved"
    public_services: Annotated[
        tuple[str, ...], Field(description="Whose decisions it is for; empty for those of each")
    ] = ()
    document_kind: Annotated[
        str | None,
        Field(description="As which document a form takes it; null for an order about one"),
    ] = None
    holds_until: Annotated[
        Literal["end_of_financial_year"] | None,
        Field(description="The last day of its papers; null where they have none"),
    ] = None

    def last_day(self, issued_on: date) -> date | None:
        """Return the last day of a paper of a day; None where its papers have none."""
        if self.holds_until is None:
            return None
        return date(issued_on.year + (issued_on.month > _JUNE), _JUNE, 30)


@cache
def versions() -> Mapping[tuple[str, int], Template]:
    """Return every version of every template; one that papers were issued by stays in the file."""
    rows = TypeAdapter(list[Template]).validate_json(_FILE.read_bytes())
    return {(row.template, row.version): row for row in sorted(rows, key=lambda row: row.version)}


@cache
def templates() -> Mapping[str, Template]:
    """Return the newest version of every template by its id."""
    return {row.template: row for row in versions().values()}


def template_of(template_id: str, version: int | None = None) -> Template:
    """Return a template.

    Args:
        template_id: its id.
        version: of it; None for the newest.

    Raises:
        Refused: there is none of this id and version.
    """
    if version is None:
        template = templates().get(template_id)
    else:
        template = versions().get((template_id, version))
    if template is None:
        raise Refused("paper_template_unknown")
    return template


def check_use(template_id: str, public_service_id: str, outcome: str) -> None:
    """Check that a ministry may use a template for its decision on a public service.

    Raises:
        Refused: there is no such template, or it is another service's or another outcome's.
    """
    template = template_of(template_id)
    is_of_service = not template.public_services or public_service_id in template.public_services
    if template.outcome not in {outcome, "any"} or not is_of_service:
        raise Refused("paper_template_not_yours", pointer="/paper/template")


def wording_of(
    template_id: str, version: int, rows: Mapping[tuple[str, int], Template] | None = None
) -> Template:
    """Return the version of a template by which a paper was issued.

    Args:
        template_id: its id.
        version: of it. Where this release does not have it, as after it was rolled back, the newest
            one names the paper.
        rows: every version of every template; None for those that are known.
    """
    own = (versions() if rows is None else rows).get((template_id, version))
    return own or template_of(template_id)


def check_fields(template_id: str, fields: Mapping[str, str], *, at: str = "/paper/fields") -> None:
    """Check the fields that somebody gives a template.

    Args:
        template_id: of the template.
        fields: by their names.
        at: JSON pointer to them in what somebody sent.

    Raises:
        Refused: there is no such template; or a field is missing, is none of it, is too long, or
            has characters that no font of the paper has or that change the order of others.
    """
    known = {field.name: field for field in template_of(template_id).fields}
    for name, value in fields.items():
        if name not in known:
            raise Refused("paper_field_unknown", pointer=f"{at}/{name}")
        if len(value) > LONGEST_FIELD:
            raise Refused("paper_field_too_long", pointer=f"{at}/{name}")
        if printable(value) != value:
            raise Refused("paper_field_unprintable", pointer=f"{at}/{name}")
    for name, field in known.items():
        if field.required and not fields.get(name, "").strip():
            raise Refused("paper_field_missing", pointer=f"{at}/{name}")


def fields_from(template: Template, form: Mapping[str, Any]) -> dict[str, str]:
    """Return what a form has for a template; a required one that it has not says so."""
    found = {field.name: _text_at(form, field) for field in template.fields if field.at}
    return {
        field.name: found.get(field.name) or NOT_GIVEN
        for field in template.fields
        if found.get(field.name) or (field.required and field.at)
    }


def printable(text: str) -> str:
    """Return a text in which all that a paper cannot show stands as a question mark.

    Letters of other scripts have no font here, and characters that turn the direction of a line
    could make it read otherwise than it is signed.
    """
    return "".join(char if _is_printable(char) else "?" for char in text)


def _is_printable(char: str) -> bool:
    code = ord(char)
    if char in "\n\u200c\u200d":
        return True
    is_latin = code in range(0x20, 0x7F) or code in range(0xA0, 0x180)
    return (is_latin and char != _SOFT_HYPHEN) or _is_bangla(code) or char in _MARKS


def _is_bangla(code: int) -> bool:
    return code in range(0x980, 0xA00) and unicodedata.category(chr(code)) != "Cn"


def own_fields(
    form: Mapping[str, Any], subject: str, document_id: UUID, sha256: str
) -> dict[str, str]:
    """Return what is said of an office's own PDF: whose it is by the form, and what it is about."""
    order = template_of(REFUSAL)
    return {
        "name_bn": fields_from(order, form).get(order.holder, NOT_GIVEN),
        "subject": subject,
        "document_id": str(document_id),
        "sha256": sha256,
    }


def subject_of(public_service_id: str, outcome: str) -> str:
    """Return what a decision about a public service is called where nothing else says it."""
    rows = [row for row in templates().values() if row.outcome == outcome]
    own = [row for row in rows if public_service_id in row.public_services]
    return (own or [row for row in rows if not row.public_services])[0].title.bn


def _text_at(form: Mapping[str, Any], field: TemplateField) -> str:
    value: Any = form
    for part in field.at.split("/")[1:]:
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        items = [item.get(field.item) if isinstance(item, Mapping) else item for item in value]
        return _fitting(", ".join(str(item) for item in items if item is not None))
    if value is None or isinstance(value, bool | Mapping):
        return ""
    return _fitting(str(value))


def _fitting(text: str) -> str:
    """Return a text that a paper can show; one that is too long ends with an ellipsis."""
    shown = printable(text.strip())
    return shown if len(shown) <= LONGEST_FIELD else f"{shown[: LONGEST_FIELD - 1]}…"
