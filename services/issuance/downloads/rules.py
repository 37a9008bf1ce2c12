"""What is drawn on a paper, and what its codes say."""

from datetime import UTC, date
from typing import Any, Final

from libs.bangladesh.calendar import MONTHS, dhaka_date
from libs.bangladesh.text import bangla_digits
from libs.contracts.language import Text
from libs.decision_papers.templates import Template, TemplateField, template_of
from libs.errors import Refused
from services.issuance.papers.rules import Content, Paper, body_name

_RULE: Final = Text(bn="নিয়ম অনুযায়ী স্বয়ংক্রিয়ভাবে", en="By rule, without a person")
_LAST_DIGITS: Final = 4
_LONGEST_HOLDER: Final = 40
"""Characters of a name in a code; a longer one ends with an ellipsis there, and is whole above."""


def content_of(paper: Paper) -> Content:
    """Return what a paper says.

    Raises:
        Refused: its person was erased.
    """
    if paper.content is None:
        raise Refused("paper_erased")
    return paper.content


def claims_of(paper: Paper) -> dict[str, str]:
    """Return what the signed code of a paper says: a few short claims, the code must stay small."""
    nid, holder = content_of(paper).fields.get("nid", ""), paper.holder
    if len(holder) > _LONGEST_HOLDER:
        holder = f"{holder[: _LONGEST_HOLDER - 1]}…"
    claims = {
        "n": paper.number,
        "t": paper.template,
        "s": paper.public_service_id,
        "d": dhaka_date(paper.issued_at).isoformat(),
        "h": holder,
        "i": nid[-_LAST_DIGITS:],
    }
    return claims | ({"u": paper.last_day.isoformat()} if paper.last_day else {})


def record_of(paper: Paper) -> dict[str, Any]:
    """Return the decision as data, which is attached to the paper."""
    content = content_of(paper)
    return {
        "number": paper.number,
        "template": f"{paper.template}@{paper.template_version}",
        "public_service_id": paper.public_service_id,
        "tracking_number": paper.tracking_number,
        "body": paper.ministry,
        "issued_at": paper.issued_at.isoformat(),
        "last_day": paper.last_day.isoformat() if paper.last_day else None,
        "replaces": paper.replaces,
        "fields": dict(content.fields),
        "post": content.post.model_dump() if content.post else None,
        "office": content.office.model_dump() if content.office else None,
    }


def drawing_of(paper: Paper, link: str, signed: str) -> dict[str, Any]:
    """Return all that is drawn: words of the template, values as text, and the two codes.

    The words are of the version by which the paper was issued, not of the newest one.

    Raises:
        Refused: its person was erased, or this release does not have the version.
    """
    content = content_of(paper)
    try:
        template = template_of(paper.template, paper.template_version)
    except Refused:
        raise Refused("paper_not_drawn", "no such version", retry_after_s=60) from None
    day = dhaka_date(paper.issued_at)
    return {
        "template_version": paper.template_version,
        "title": template.title.model_dump(),
        "says": template.says.model_dump(),
        "is_illustrative": template.status == "illustrative",
        "body": body_name(paper.ministry).model_dump(),
        "office": (content.office or body_name(paper.ministry)).model_dump(),
        "post": (content.post or _RULE).model_dump(),
        "number": paper.number,
        "tracking_number": paper.tracking_number,
        "day": [day.year, day.month, day.day],
        "day_in_words": _in_words(day.isoformat()),
        "lines": [*_lines(template, content), *_lines_of(paper)],
        "link": link,
        "signed": f"{link}#{signed}",
        "record": record_of(paper),
        "signature": _signature_of(paper) if template.signature else None,
    }


def _signature_of(paper: Paper) -> dict[str, str]:
    """Return who signs the file and when: at the time of the decision, so that it stays alike."""
    at = paper.issued_at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return {"by": body_name(paper.ministry).en, "at": at}


def _lines(template: Template, content: Content) -> list[dict[str, str]]:
    return [
        {
            "label": field.label.bn,
            "label_en": field.label.en,
            "value": _shown(field, content.fields[field.name]),
        }
        for field in template.fields
        if content.fields.get(field.name)
    ]


def _lines_of(paper: Paper) -> list[dict[str, str]]:
    """Return the lines that no field has: the last day, and the paper that it replaces."""
    lines = []
    if paper.last_day:
        last_day = _in_words(paper.last_day.isoformat())
        lines.append({"label": "যে দিন পর্যন্ত বহাল", "label_en": "Holds until", "value": last_day})
    if paper.replaces:
        label = "যে কাগজের বদলে দেওয়া"
        lines.append({"label": label, "label_en": "In place of", "value": paper.replaces})
    return lines


def _shown(field: TemplateField, value: str) -> str:
    if field.options:
        parts = [field.options.get(code) for code in value.split(", ")]
        if all(parts):
            return ", ".join(part.bn for part in parts if part)
    return _in_words(value) if field.kind == "day" else value


def _in_words(value: str) -> str:
    """Return a day in Bangla; what is no day stays as it is."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    month, _ = MONTHS[day.month - 1]
    return bangla_digits(f"{day.day} {month} {day.year}")
