"""The controls of a form, and the texts typed into them.

There is one text per control, by name, exactly as it was typed. A draft keeps these texts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from libs.bangladesh.geography import areas_by_code, unions_by_id
from libs.bangladesh.text import Malformed, parse_int
from libs.pages.forms.questions import (
    DATE_PARTS,
    DISTRICT,
    PAPER_ID,
    Form,
    Question,
    Section,
)

Typed: TypeAlias = Mapping[str, str]

_FORM_POINTER: Final = "/form/"
_UPAZILA_CHARS: Final = 6
_LONGEST_NAME: Final = 100
_ROWS = "rows"


def shown_controls(questions: Iterable[Question], typed: Typed) -> set[str]:
    """Return the names of the controls that a page shows; more appear with the answers."""
    return {name for question in questions for name in _controls(question, typed)}


def rows_of(question: Question, typed: Typed) -> int:
    """Return how many rows of a list are shown: those that have answers, one at least."""
    shown = _number(typed.get(f"{question.name}.{_ROWS}", "")) or 0
    return max(1, min(question.most_rows, max(shown, rows_with_answers(question.name, typed))))


def typed_in(section: Section, posted: Mapping[str, str], before: Typed) -> dict[str, str]:
    """Return everything typed so far, with the fields of one page as they were just posted.

    Rows without answers are closed up, so that a row of the body is the row of the page. Papers are
    not typed: they stay as they are.
    """
    fields = {question.name for question in section.questions}
    kept = {name: value for name, value in before.items() if field_of(name) not in fields}
    papers = {name: value for name, value in before.items() if name not in kept and is_paper(name)}
    typed = {
        name: value
        for name, value in posted.items()
        if field_of(name) in fields and len(name) <= _LONGEST_NAME and not is_paper(name)
    } | papers
    for question in section.questions:
        if question.kind == "rows":
            typed = _closed_up(question, typed)
        if question.kind == "address":
            typed = _within_district(question, typed)
    return {**kept, **{name: value for name, value in typed.items() if value.strip()}}


def with_more_rows(question: Question, typed: Typed) -> dict[str, str]:
    """Return the input with one more row of a list."""
    count = min(rows_of(question, typed) + 1, question.most_rows)
    return {**typed, f"{question.name}.{_ROWS}": str(count)}


def without_row(question: Question, typed: Typed, number: int) -> dict[str, str]:
    """Return the input without one row of a list, counted from 0."""
    begins = f"{question.name}.{number}."
    exact = begins.removesuffix(".")
    left = {k: v for k, v in typed.items() if k != exact and not k.startswith(begins)}
    return {
        **_closed_up(question, left),
        f"{question.name}.{_ROWS}": str(rows_of(question, typed) - 1),
    }


def place_of(pointer: str, form: Form, shown: set[str]) -> str:
    """Return the id of the control that an error of the API concerns.

    Args:
        pointer: as in the API's errors.
        form: the form.
        shown: the names of the controls that the page shows.
    """
    name = name_of(pointer)
    question = question_at(form, name)
    if question is None:
        return name
    if question.kind == "address" and f"{name}.area" in shown:
        return f"{name}.area"
    if question.place in shown:
        return question.place
    inside = sorted(control for control in shown if control.startswith(f"{name}."))
    around = field_of(name)
    outside = [f"{around}.{DISTRICT}", *sorted(c for c in shown if field_of(c) == around)]
    return next((place for place in (*inside, *outside) if place in shown), question.place)


def name_of(pointer: str) -> str:
    """Return the name of the question that a pointer of the API leads to."""
    return pointer.removeprefix(_FORM_POINTER).replace("/", ".")


def pointer_of(place: str) -> str:
    """Return the pointer with which the API names the question of a paper's id."""
    return _FORM_POINTER + place.removesuffix(f".{PAPER_ID}").replace(".", "/")


def question_at(form: Form, name: str) -> Question | None:
    """Return the question with a name, also inside a group or a row; None if there is none."""
    found = next((question for question in form.questions if question.name == field_of(name)), None)
    while found is not None and found.name != name:
        parts: Sequence[Question] = found.parts
        if found.kind == "rows":
            number = _number(name.removeprefix(f"{found.name}.").partition(".")[0])
            parts = found.row(number) if number is not None and number < found.most_rows else ()
        found = next((part for part in parts if f"{name}.".startswith(f"{part.name}.")), None)
    return found


def is_paper(name: str) -> bool:
    """Whether a name is that of a paper's id."""
    return name.endswith(f".{PAPER_ID}")


def field_of(name: str) -> str:
    """The field of the form that a control belongs to."""
    return name.partition(".")[0]


def rows_with_answers(name: str, typed: Typed) -> int:
    """Return the number after the last row with an answer."""
    numbers = (_row_number(name, key) for key, value in typed.items() if value.strip())
    return max((number + 1 for number in numbers if number is not None), default=0)


def _controls(question: Question, typed: Typed) -> Iterator[str]:
    match question.kind:
        case "address":
            yield from _address_controls(question, typed)
        case "group" | "paper":
            yield from shown_controls(question.parts, typed)
        case "rows":
            for number in range(rows_of(question, typed)):
                yield from shown_controls(question.row(number), typed)
        case "choices":
            yield from (question.control_of(option) for option in question.options)
        case "date":
            yield from (f"{question.name}.{part}" for part in DATE_PARTS)
        case _:
            yield question.name


def _address_controls(question: Question, typed: Typed) -> Iterator[str]:
    """Return the district first, then the areas in it, and the union where the area has any."""
    district, *others = question.parts
    yield district.name
    if not typed.get(district.name):
        return
    area = typed.get(f"{question.name}.area", "")
    is_upazila = len(area) == _UPAZILA_CHARS and area in areas_by_code()
    yield from (part.name for part in others if part.kind != "union" or is_upazila)


def _within_district(question: Question, typed: Mapping[str, str]) -> dict[str, str]:
    """Return the input without an area of another district, or a union of another area."""
    district, area, union = (
        typed.get(f"{question.name}.{key}", "") for key in (DISTRICT, "area", "union")
    )
    kept = dict(typed)
    if not area.startswith(district or area):
        kept.pop(f"{question.name}.area", None)
        area = ""
    named_union = unions_by_id().get(union)
    if named_union is None or named_union.upazila_code != area:
        kept.pop(f"{question.name}.union", None)
    return kept


def _closed_up(question: Question, typed: Mapping[str, str]) -> dict[str, str]:
    """Return the input without the rows of a list that have no answer."""
    full = sorted(
        {
            number
            for key, value in typed.items()
            if value.strip() and (number := _row_number(question.name, key)) is not None
        }
    )
    places = {number: place for place, number in enumerate(full[: question.most_rows])}
    closed: dict[str, str] = {}
    for key, value in typed.items():
        number = _row_number(question.name, key)
        if number is None:
            closed[key] = value
        elif number in places:
            begins = f"{question.name}.{number}"
            closed[f"{question.name}.{places[number]}{key.removeprefix(begins)}"] = value
    return closed


def _row_number(name: str, key: str) -> int | None:
    if not key.startswith(f"{name}."):
        return None
    return _number(key.removeprefix(f"{name}.").partition(".")[0])


def _number(text: str) -> int | None:
    try:
        return parse_int(text)
    except Malformed:
        return None
