"""From the input of controls to the body that the API takes, and back."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from libs.bangladesh.text import Malformed, ascii_digits, parse_int
from libs.pages.formats import month_number
from libs.pages.forms.controls import Typed, rows_with_answers
from libs.pages.forms.questions import DATE_PARTS, DISTRICT, Form, Question, Schema, Section

_YES: Final = "yes"
_NO: Final = "no"
_FRACTION: Final = re.compile("[0-9]{1,12}[.][0-9]{1,6}")


def body_of(form: Form, typed: Typed) -> dict[str, Any]:
    """Return the answers as the API takes them, without those that are not asked.

    An answer that cannot be read is passed on as it was typed, for the API to refuse it.
    """
    answers = {
        question.name: value
        for question in form.questions
        if (value := _value(question, typed)) is not None
    }
    while gone := answers.keys() & _excluded(form, answers):
        answers = {name: value for name, value in answers.items() if name not in gone}
    return answers


def questions_asked(form: Form, section: Section, body: Mapping[str, Any]) -> list[Question]:
    """Return the questions of a page that are asked with these answers."""
    excluded = _excluded(form, body)
    return [question for question in section.questions if question.name not in excluded]


def required_by(form: Form, body: Mapping[str, Any]) -> set[str]:
    """Return the fields that must be answered with these answers."""
    required = {question.name for question in form.questions if question.required}
    for branch in _branches(form, body):
        required |= set(branch.get("required", ()))
    return required - _excluded(form, body)


def sections_asked(form: Form, body: Mapping[str, Any]) -> list[Section]:
    """Return the pages that ask anything with these answers."""
    return [section for section in form.sections if questions_asked(form, section, body)]


def sections_waiting(form: Form, body: Mapping[str, Any], seen: Collection[str]) -> list[Section]:
    """Return the pages that still have open questions.

    One that was answered waits again when another answer leads to a question on it that must be
    answered.

    Args:
        form: the form.
        body: the answers so far.
        seen: ids of the sections that were answered.
    """
    missing = required_by(form, body) - body.keys()
    return [
        section
        for section in sections_asked(form, body)
        if section.section_id not in seen
        or any(question.name in missing for question in section.questions)
    ]


def typed_of(form: Form, body: Mapping[str, Any]) -> dict[str, str]:
    """Return submitted answers as their citizen would have typed them."""
    typed: dict[str, str] = {}
    for question in form.questions:
        if question.name in body:
            typed |= _typed(question, body[question.name])
    return typed


def papers_in(answers: Any) -> list[str]:
    """Return the ids of the papers that answers name, without repeats."""
    match answers:
        case {"document_id": str() as document_id}:
            return [document_id]
        case dict():
            return papers_in(list(answers.values()))
        case list():
            return list(dict.fromkeys(paper for answer in answers for paper in papers_in(answer)))
        case _:
            return []


def _excluded(form: Form, body: Mapping[str, Any]) -> set[str]:
    """The fields that are not asked with these answers."""
    return {
        name
        for branch in _branches(form, body)
        for name, schema in branch.get("properties", {}).items()
        if schema is False
    }


def _branches(form: Form, body: Mapping[str, Any]) -> Iterator[Schema]:
    for condition in form.conditions:
        branch = condition.get("then" if _holds(condition["if"], body) else "else", {})
        if isinstance(branch, Mapping):
            yield branch


def _holds(condition: Schema, body: Mapping[str, Any]) -> bool:
    """Whether the `if` of a form holds: some fields are answered, with one of some values."""
    if not set(condition.get("required", ())) <= body.keys():
        return False
    return all(
        name not in body or _fits(body[name], schema)
        for name, schema in condition.get("properties", {}).items()
    )


def _fits(value: Any, schema: Schema) -> bool:
    """Whether an answer fits the schema in a condition: one value, one of some, or one inside.

    Raises:
        TypeError: the condition says something else.
    """
    if "contains" in schema:
        return isinstance(value, list) and any(_fits(item, schema["contains"]) for item in value)
    if "const" not in schema and "enum" not in schema:
        raise TypeError(f"a condition with {sorted(schema)}")
    allowed = [schema["const"]] if "const" in schema else schema["enum"]
    # In Python True equals 1; in JSON `true` and 1 are different.
    return any(
        value == option and isinstance(value, bool) is isinstance(option, bool)
        for option in allowed
    )


def _value(question: Question, typed: Typed) -> Any:  # noqa: C901
    """Return the answer to a question, or None if nothing was typed."""
    text = typed.get(question.name, "").strip()
    match question.kind:
        case "address" | "group" | "paper":
            return _object(question.parts, typed)
        case "rows":
            return _list(question, typed)
        case "choices":
            return _chosen(question, typed)
        case "date":
            return _date([typed.get(f"{question.name}.{part}", "") for part in DATE_PARTS])
        case _ if not text:
            return None
        case "agree":
            return question.schema["const"] if text == _YES else None
        case "yes_no":
            return {_YES: True, _NO: False}.get(text, text)
        case "choice":
            return next((option for option in question.schema["enum"] if str(option) == text), text)
        case "whole":
            return _whole(text)
        case "decimal":
            return _decimal(text)
        case _:
            return text


def _object(parts: Iterable[Question], typed: Typed) -> dict[str, Any] | None:
    answers = {
        part.key: value
        for part in parts
        if part.kind != "district" or part.schema
        if (value := _value(part, typed)) is not None
    }
    return answers or None


def _list(question: Question, typed: Typed) -> list[Any] | None:
    items: list[Any] = []
    for number in range(rows_with_answers(question.name, typed)):
        row = question.row(number)
        is_plain = len(row) == 1 and row[0].name == f"{question.name}.{number}"
        value = _value(row[0], typed) if is_plain else _object(row, typed)
        if value is not None:
            items.append(value)
    return items or None


def _chosen(question: Question, typed: Typed) -> list[Any] | None:
    chosen = {
        option.value
        for option in question.options
        if typed.get(question.control_of(option), "") == _YES
    }
    return [option for option in question.schema["items"]["enum"] if str(option) in chosen] or None


def _date(parts: Sequence[str]) -> str | None:
    day, month, year = (ascii_digits(part.strip()) for part in parts)
    if not (day or month or year):
        return None
    return f"{year}-{month_number(month):0>2}-{day:0>2}"


def _whole(text: str) -> int | str:
    try:
        return parse_int(text.replace(",", ""))
    except Malformed:
        return text


def _decimal(text: str) -> float | int | str:
    written = ascii_digits(text).replace(",", "")
    return float(written) if _FRACTION.fullmatch(written) else _whole(text)


def _typed(question: Question, value: Any) -> dict[str, str]:
    match question.kind:
        case "address" if isinstance(value, dict):
            area = str(value.get("area", ""))
            district = {f"{question.name}.{DISTRICT}": area[:4]} if area else {}
            return {**district, **_typed_parts(question.parts[1:], value)}
        case "group" | "paper" if isinstance(value, dict):
            return _typed_parts(question.parts, value)
        case "rows" if isinstance(value, list):
            return _typed_rows(question, value)
        case "choices" if isinstance(value, list):
            return {f"{question.name}.{option}": _YES for option in value}
        case "date":
            year, month, day = (*str(value).split("-"), "", "", "")[:3]
            parts = zip(DATE_PARTS, (day, month, year), strict=True)
            return {f"{question.name}.{part}": text for part, text in parts}
        case "yes_no" | "agree":
            return {question.name: _YES if value else _NO}
        case _:
            return {question.name: str(value)}


def _typed_parts(parts: Iterable[Question], value: Mapping[str, Any]) -> dict[str, str]:
    typed: dict[str, str] = {}
    for part in parts:
        if part.key in value:
            typed |= _typed(part, value[part.key])
    return typed


def _typed_rows(question: Question, value: Sequence[Any]) -> dict[str, str]:
    typed: dict[str, str] = {}
    for number, item in enumerate(value):
        row = question.row(number)
        is_plain = row[0].name == f"{question.name}.{number}"
        typed |= _typed(row[0], item) if is_plain else _typed_parts(row, item)
    return typed
