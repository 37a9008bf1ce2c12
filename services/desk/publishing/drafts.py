"""The form of a draft: its fields, and the content that they make."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from libs.bangladesh.text import ascii_digits
from libs.contracts.language import Text
from libs.contracts.publishing import ContentField, ServiceDraftProblem, Wrong
from libs.pages.errors import PageError

FIELDS: Final[Sequence[ContentField]] = get_args(ContentField)
_SOURCE: Final = ("source", "checked_on", "checked_by")
_BETWEEN: Final = "|"
"""Stands between the Bangla and the English name of a paper, in a line of the form."""

WRONG: Final[Mapping[Wrong, Text]] = {
    "missing": Text(bn="এই ঘরটি পূরণ করুন", en="Fill in this field"),
    "too_long": Text(bn="লেখাটি বেশি লম্বা", en="The text is too long"),
    "no_day": Text(bn="তারিখ দিন", en="Enter a day"),
    "day_ahead": Text(bn="এই দিনটি এখনও আসেনি", en="This day has not come yet"),
    "no_number": Text(bn="১ থেকে ১০০০ পর্যন্ত একটি সংখ্যা লিখুন", en="Enter a number from 1 to 1,000"),
    "other": Text(bn="এই ঘরটি আবার দেখুন", en="Look at this field again"),
}


def content_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the content of a draft as it was typed; no days where that part is left empty."""
    content: dict[str, Any] = {field: _value(field, typed) for field in FIELDS}
    if not any(typed.get(f"days-{name}", "").strip() for name in ("days", *_SOURCE)):
        content["days"] = None
    return content


def typed_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Return a content as the fields of its form."""
    typed: dict[str, str] = {}
    for field in FIELDS:
        value = content.get(field) or {}
        typed |= {f"{field}-{name}": str(value.get(name) or "") for name in _SOURCE}
        text = value.get("text") or {}
        typed |= {f"{field}-{language}": text.get(language) or "" for language in ("bn", "en")}
        if field == "papers":
            lines = [f"{row['bn']} {_BETWEEN} {row['en']}" for row in value.get("papers") or ()]
            typed["papers-papers"] = "\n".join(lines)
        if field == "days":
            typed["days-days"] = str(value.get("days") or "")
    return typed


def errors_of(problems: Sequence[ServiceDraftProblem], language: Any) -> list[PageError]:
    """Return the problems of a draft at the fields of its form, each field once."""
    found: dict[str, PageError] = {}
    for problem in problems:
        parts = problem.place.strip("/").split("/")
        field, name = parts[0], parts[-1] if parts[1:] else "source"
        place = "papers-papers" if parts[1:2] == ["papers"] else f"{field}-{name}"
        found.setdefault(place, PageError(place, WRONG[problem.wrong].in_language(language)))
    return list(found.values())


def _value(field: ContentField, typed: Mapping[str, str]) -> dict[str, Any]:
    def of(name: str) -> str:
        return typed.get(f"{field}-{name}", "").replace("\r\n", "\n").strip()

    value: dict[str, Any] = {name: of(name) for name in _SOURCE}
    match field:
        case "papers":
            value["papers"] = [_paper(line) for line in of("papers").splitlines() if line.strip()]
        case "days":
            digits = ascii_digits(of("days"))
            value["days"] = int(digits) if digits.isascii() and digits.isdigit() else digits
        case _:
            value["text"] = {language: of(language) for language in ("bn", "en")}
    return value


def _paper(line: str) -> dict[str, str]:
    bn, _, en = line.partition(_BETWEEN)
    return {"bn": bn.strip(), "en": en.strip()}
