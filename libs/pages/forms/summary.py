"""Answers in words, for people who check them before they send."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from libs.bangladesh.geography import areas_by_code, districts, unions_by_id
from libs.bangladesh.text import Malformed, ascii_digits, bangla_digits, parse_int
from libs.contracts.language import Text
from libs.pages.formats import day, month_number
from libs.pages.forms.controls import Typed, rows_of
from libs.pages.forms.questions import DATE_PARTS, DISTRICT, Form, Question

YES: Final = Text(bn="হ্যাঁ", en="Yes")
NO: Final = Text(bn="না", en="No")
_NAME_FIELDS: Final = frozenset({"name_bn", "name_en", "business_name"})
_NUMBERS: Final = frozenset({"verified.nid", "verified.birth_number"})
_OWNERS: Final = "owners"
"""The applicants of a trade licence, each with a number."""
_AGREED: Final = Text(bn="সম্মতি দিয়েছি", en="Agreed")


@dataclass(frozen=True, slots=True)
class Line:
    """One question with its answer; without a value it is a heading."""

    label: Text
    value: Text | None


def lines_of(question: Question, typed: Typed) -> Iterator[Line]:
    """Return a question with its answer, and all that is inside it."""
    match question.kind:
        case "address":
            yield Line(question.label, _address(question, typed))
        case "group" | "paper":
            yield from _group(question.label, question.parts, typed)
        case "rows":
            for number in range(rows_of(question, typed)):
                label = question.label
                numbered = Text(
                    bn=f"{label.bn} {bangla_digits(number + 1)}", en=f"{label.en} {number + 1}"
                )
                yield from _group(numbered, question.row(number), typed)
        case _:
            yield Line(question.label, _words(question, typed))


def names_in(form: Form, typed: Typed) -> list[Line]:
    """Return the name of the person or thing that an application is for."""
    return [
        line
        for question in form.questions
        if question.name in _NAME_FIELDS
        for line in lines_of(question, typed)
        if line.value and line.value.bn
    ]


def has_number(form: Form) -> bool:
    """Whether a form asks for the applicant's NID or birth registration number."""
    return any(
        question.prefill in _NUMBERS or question.name == _OWNERS for question in form.questions
    )


def _group(label: Text, parts: tuple[Question, ...], typed: Typed) -> Iterator[Line]:
    lines = [line for part in parts for line in lines_of(part, typed)]
    answered = [line for line in lines if line.value is not None and line.value.bn]
    if not answered:
        yield Line(label, Text(bn="", en=""))
        return
    yield Line(label, None)
    yield from answered


def _words(question: Question, typed: Typed) -> Text:
    text = typed.get(question.name, "")
    match question.kind:
        case "choice":
            labels = {option.value: _digits_of(option.label) for option in question.options}
            return labels.get(text, _same(text))
        case "choices":
            return _joined(
                _digits_of(option.label)
                for option in question.options
                if typed.get(question.control_of(option)) == "yes"
            )
        case "yes_no":
            return {"yes": YES, "no": NO}.get(text, _same(text))
        case "agree":
            return _AGREED if text == "yes" else _same("")
        case "date":
            return _date([typed.get(f"{question.name}.{part}", "") for part in DATE_PARTS])
        case "district":
            return _districts().get(text, _same(text))
        case "digits" | "phone" | "whole" | "decimal":
            return _number(text)
        case _:
            return _same(text)


def _address(question: Question, typed: Typed) -> Text:
    def part(key: str) -> str:
        return typed.get(f"{question.name}.{key}", "").strip()

    own = [_same(part(key)) for key in ("road_or_house", "village") if part(key)]
    if part("ward"):
        own.append(
            Text(bn=f"ওয়ার্ড {bangla_digits(part('ward'))}", en=f"Ward {ascii_digits(part('ward'))}")
        )
    union, area = unions_by_id().get(part("union")), areas_by_code().get(part("area"))
    own += [Text(bn=place.name_bn, en=place.name_en) for place in (union, area) if place]
    own += [_districts()[code] for code in [part(DISTRICT)] if code in _districts()]
    if part("post_code"):
        own.append(_number(part("post_code")))
    return _joined(own)


def _joined(texts: Iterable[Text]) -> Text:
    parts = list(texts)
    return Text(bn=", ".join(part.bn for part in parts), en=", ".join(part.en for part in parts))


def _date(parts: list[str]) -> Text:
    with suppress(Malformed, ValueError):
        day_of_month, month, year = parts
        found = date(
            parse_int(year.strip()),
            parse_int(month_number(month.strip())),
            parse_int(day_of_month.strip()),
        )
        return Text(bn=day(found, "bn"), en=day(found, "en"))
    return _same(" ".join(part for part in parts if part))


@cache
def _districts() -> Mapping[str, Text]:
    return {
        district.code: Text(bn=district.name_bn, en=district.name_en) for district in districts()
    }


def _number(text: str) -> Text:
    """A number in the digits of each language, whichever were typed."""
    return Text(bn=bangla_digits(text), en=ascii_digits(text))


def _digits_of(label: Text) -> Text:
    return Text(bn=bangla_digits(label.bn), en=label.en)


def _same(text: str) -> Text:
    return Text(bn=text, en=text)
