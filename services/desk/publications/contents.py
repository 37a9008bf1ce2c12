"""A draft as a person types it: fields, JSON, or for a year one line for each day off."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from libs.bangladesh.text import Malformed, ascii_digits, bangla_digits, parse_int
from libs.contracts.language import Language, Text
from libs.pages.errors import PageError

MOST_TYPED: Final = 60_000
BY_FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "connection": ("valid_from", "adapter"),
    "offices": (
        "rule_id", "valid_from", "address", "office_kind", "office_id", "level", "area", "ministry",
        "adapter", "role",
    ),
}  # fmt: skip
"""Kinds that are typed field by field, and their fields; an empty one is not sent."""
_LONGEST: Final = 200
_BETWEEN: Final = "|"
"""Stands between day, names and source of a day off."""
_NOT_JSON: Final = Text(
    bn="এটি JSON নয়: {line} নম্বর লাইন দেখুন।", en="This is not JSON: look at line {line}."
)
_NOT_A_DAY: Final = Text(
    bn="{line} নম্বর লাইনে দিন, বাংলা নাম ও ইংরেজি নাম লাগে।",
    en="Line {line} needs a day, a name in Bangla and one in English.",
)


def content_of(kind: str, posted: Mapping[str, str], language: Language) -> Any | PageError:
    """Return the content that a person typed; or what is wrong with how it is typed."""
    text = posted.get("content", "")[:MOST_TYPED]
    if kind == "year":
        return _year(posted.get("source", ""), text, language)
    if kind in BY_FIELDS:
        return _fields(kind, posted)
    try:
        content = json.loads(text)
    except ValueError as failure:
        line = getattr(failure, "lineno", 1)
        return _wrong_line(_NOT_JSON, line, language)
    return content if isinstance(content, dict) else _wrong_line(_NOT_JSON, 1, language)


def typed_of(kind: str, content: Mapping[str, Any]) -> dict[str, str]:
    """Return a content as the fields of its form."""
    if kind in BY_FIELDS:
        return _typed_fields(content)
    if kind != "year":
        return {"content": json.dumps(content, ensure_ascii=False, indent=1)}
    lines = (_line(row) for row in content.get("days") or [] if isinstance(row, dict))
    return {"source": str(content.get("source", "")), "content": "\n".join(lines)}


def _fields(kind: str, posted: Mapping[str, str]) -> dict[str, Any]:
    typed = {name: posted.get(name, "").strip()[:_LONGEST] for name in BY_FIELDS[kind]}
    content: dict[str, Any] = {name: text for name, text in typed.items() if text}
    if "valid_from" in content:
        content["valid_from"] = ascii_digits(content["valid_from"])
    if kind == "connection":
        return {"adapter": None, **content}
    if posted.get("ended"):
        return {name: content[name] for name in ("rule_id", "valid_from") if name in content} | {
            "ended": True
        }
    name = {one: posted.get(f"name_{one}", "").strip()[:_LONGEST] for one in ("bn", "en")}
    wards = posted.get("wards", "").replace(",", " ").split()
    return content | {
        "office_name": name,
        "wards": [_ward(ward) for ward in wards],
        "told": bool(posted.get("told")),
        "confirmed": bool(posted.get("confirmed")),
    }


def _ward(typed: str) -> int | str:
    """Return the number of a ward; what is none goes to the check of the draft as it is."""
    try:
        return parse_int(typed)
    except Malformed:
        return typed


def _typed_fields(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of a form, of a content or a rule; `yes` for what is ticked."""
    name = content.get("office_name") or {}
    typed = {
        field: str(value)
        for field, value in content.items()
        if isinstance(value, str | date) and not isinstance(value, bool)
    }
    ticked = {field: "yes" for field in ("ended", "told", "confirmed") if content.get(field, False)}
    return {
        "told": "" if content else "yes",
        **typed,
        **ticked,
        "wards": " ".join(map(str, content.get("wards") or [])),
        "name_bn": name.get("bn", ""),
        "name_en": name.get("en", ""),
    }


def choices_of(text: str) -> Sequence[str]:
    """Return what happens to a sample case, one thing on each line."""
    return [line.strip() for line in text.splitlines() if line.strip()][:100]


def _year(source: str, text: str, language: Language) -> dict[str, Any] | PageError:
    days = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split(_BETWEEN)]
        if len(parts) not in {3, 4} or not all(parts[:3]):
            return _wrong_line(_NOT_A_DAY, number, language)
        day, bn, en, *own = parts
        name = {"bn": bn, "en": en}
        days.append(
            {"day": ascii_digits(day), "name": name, "source": own[0] if own else source.strip()}
        )
    return {"source": source.strip(), "days": days}


def _wrong_line(said: Text, line: int, language: Language) -> PageError:
    number = bangla_digits(str(line)) if language == "bn" else str(line)
    return PageError("content", said.in_language(language).format(line=number))


def _line(row: Mapping[str, Any]) -> str:
    name = row.get("name") or {}
    parts = (row.get("day"), name.get("bn"), name.get("en"), row.get("source"))
    return f" {_BETWEEN} ".join(str(part or "") for part in parts)
