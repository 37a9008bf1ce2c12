"""The form of a draft: its fields, and the content that they make."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from libs.bangladesh.text import ascii_digits, bangla_digits
from libs.contracts.language import Language, Text
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
_NO_NAME: Final[Mapping[str, Text]] = {
    "bn": Text(bn="“|”-এর আগে বাংলা নাম নেই", en="the Bangla name before “|” is missing"),
    "en": Text(bn="“|”-এর পরে ইংরেজি নাম নেই", en="the English name after “|” is missing"),
}
"""A name of a paper that its line lacks."""


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


def errors_of(
    problems: Sequence[ServiceDraftProblem], typed: Mapping[str, str], language: Language
) -> list[PageError]:
    """Return the problems of a draft at the fields of its form, each field once.

    Args:
        problems: of the draft.
        typed: from which the draft was made, for the numbers of its lines.
        language: of the page.
    """
    found: dict[str, PageError] = {}
    in_lines: dict[Text, list[int]] = {}
    rows = enumerate(_paper_lines(typed))
    lines = {str(row): number for row, (number, _) in rows}
    for problem in problems:
        parts = problem.place.strip("/").split("/")
        field, name = parts[0], parts[-1] if parts[1:] else "source"
        place = "papers-papers" if parts[1:2] == ["papers"] else f"{field}-{name}"
        message = WRONG[problem.wrong].in_language(language)
        match parts:
            case ["papers", "papers", row, *_] if row in lines:
                wrong = _NO_NAME.get(name) if problem.wrong == "missing" else None
                in_lines.setdefault(wrong or WRONG[problem.wrong], []).append(lines[row])
                message = _said_of_lines(in_lines, language)
                found[place] = PageError(place, message)
            case _:
                found.setdefault(place, PageError(place, message))
    return list(found.values())


def _said_of_lines(in_lines: Mapping[Text, Sequence[int]], language: Language) -> str:
    """Return what is wrong in lines of papers, each error once with the lines that have it."""
    said: list[str] = []
    for wrong, numbers in in_lines.items():
        lines = ", ".join(map(str, dict.fromkeys(numbers)))
        text = Text(bn=f"লাইন {bangla_digits(lines)}: {wrong.bn}।", en=f"Line {lines}: {wrong.en}.")
        said.append(text.in_language(language))
    return " ".join(said)


def _value(field: ContentField, typed: Mapping[str, str]) -> dict[str, Any]:
    def of(name: str) -> str:
        return typed.get(f"{field}-{name}", "").replace("\r\n", "\n").strip()

    value: dict[str, Any] = {name: of(name) for name in _SOURCE}
    match field:
        case "papers":
            value["papers"] = [_paper(line) for _, line in _paper_lines(typed)]
        case "days":
            digits = ascii_digits(of("days"))
            value["days"] = int(digits) if digits.isascii() and digits.isdigit() else digits
        case _:
            value["text"] = {language: of(language) for language in ("bn", "en")}
    return value


def _paper_lines(typed: Mapping[str, str]) -> list[tuple[int, str]]:
    """Return the lines of papers with their numbers in the form; those that are empty are none."""
    lines = enumerate(typed.get("papers-papers", "").splitlines(), 1)
    return [(number, line) for number, line in lines if line.strip()]


def _paper(line: str) -> dict[str, str]:
    bn, _, en = line.partition(_BETWEEN)
    return {"bn": bn.strip(), "en": en.strip()}
