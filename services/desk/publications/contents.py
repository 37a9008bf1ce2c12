"""A draft as a person types it: JSON, or for a year one line for each day off."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from libs.bangladesh.text import ascii_digits, bangla_digits
from libs.contracts.language import Language, Text
from libs.pages.errors import PageError

MOST_TYPED: Final = 60_000
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
    try:
        content = json.loads(text)
    except ValueError as failure:
        line = getattr(failure, "lineno", 1)
        return _wrong_line(_NOT_JSON, line, language)
    return content if isinstance(content, dict) else _wrong_line(_NOT_JSON, 1, language)


def typed_of(kind: str, content: Mapping[str, Any]) -> dict[str, str]:
    """Return a content as the fields of its form."""
    if kind != "year":
        return {"content": json.dumps(content, ensure_ascii=False, indent=1)}
    lines = (_line(row) for row in content.get("days") or [] if isinstance(row, dict))
    return {"source": str(content.get("source", "")), "content": "\n".join(lines)}


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
