"""The pages of a form, for citizens and at the counter."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from libs.contracts.language import Language
from libs.contracts.problems import ProblemFieldError
from libs.errors import Refused
from libs.pages.errors import PageError
from libs.pages.forms import controls, places, rules
from libs.pages.forms.filling import Filling
from libs.pages.forms.messages import message_of
from libs.pages.forms.questions import DATE_PARTS, Question, Section
from libs.pages.forms.summary import Line, lines_of


def find_section(filling: Filling, section_id: str) -> Section:
    """Return a section of a form by its id.

    Raises:
        Refused: the form has no such section.
    """
    section = filling.form.section(section_id)
    if section is None:
        raise Refused("not_found")
    return section


def find_paper(filling: Filling, name: str) -> tuple[Question, Section]:
    """Return the question that asks for a paper, and its section.

    Raises:
        Refused: the form asks for no such paper.
    """
    question = controls.question_at(filling.form, name)
    section = filling.form.section_with(controls.field_of(name))
    if question is None or section is None or question.kind != "paper":
        raise Refused("not_found")
    return question, section


def question_values(questions: Sequence[Question], typed: controls.Typed) -> dict[str, Any]:
    """Return the values for `questions.html`, and the names of the controls."""
    return {
        "questions": questions,
        "shown": " ".join(sorted(controls.shown_controls(questions, typed))),
        "rows_of": controls.rows_of,
        "date_parts": DATE_PARTS,
        "districts": places.districts_by_division(),
        "areas_in": places.areas_in,
        "unions_in": places.unions_in,
    }


def section_values(filling: Filling, section: Section) -> dict[str, Any]:
    """Return the values for the page of a section: the questions that its answers lead to."""
    asked = rules.questions_asked(filling.form, section, filling.body)
    sections = rules.sections_asked(filling.form, filling.body)
    return {
        "filling": filling,
        "section": section,
        "required": rules.required_by(filling.form, filling.body),
        "same_as": _same_as(filling, section),
        "step": sections.index(section) + 1 if section in sections else 1,
        "steps": len(sections),
        **question_values(asked, filling.typed),
    }


def _same_as(filling: Filling, section: Section) -> dict[str, list[Question]]:
    """Return the addresses that each unanswered one of a section may be the same as.

    These are the earlier ones that are answered, or on the same page.
    """
    here = {question.name for question in section.questions}
    offered: dict[str, list[Question]] = {}
    earlier: list[Question] = []
    for address in filling.form.addresses:
        is_answered = bool(filling.typed.get(f"{address.name}.area"))
        is_here = controls.field_of(address.name) in here
        if is_here and not is_answered and earlier:
            offered[address.name] = list(earlier)
        if is_here or is_answered:
            earlier.append(address)
    return offered


def answers_by_section(
    filling: Filling, typed: Mapping[str, str]
) -> list[tuple[Section, list[tuple[Question, list[Line]]]]]:
    """Return all answers in words, for the page on which they are checked before sending.

    Args:
        filling: the form.
        typed: what was typed, with the names of papers in the place of their ids.
    """
    body = filling.body
    return [
        (
            section,
            [
                (question, list(lines_of(question, typed)))
                for question in rules.questions_asked(filling.form, section, body)
            ],
        )
        for section in rules.sections_asked(filling.form, body)
    ]


def section_errors(
    filling: Filling,
    found: Sequence[ProblemFieldError],
    shown: set[str],
    answerable: Collection[str],
    language: Language,
) -> list[PageError]:
    """Return the errors of a section, each at its control.

    Args:
        filling: the form.
        found: what the API finds wrong.
        shown: the controls that the page shows after the answers.
        answerable: the controls that were there to be answered; others are not wrong yet.
        language: of the page.
    """
    errors = (
        PageError(
            controls.place_of(error.pointer, filling.form, shown),
            said_of(filling, error, language),
        )
        for error in found
    )
    return [error for error in errors if error.place in answerable]


def said_of(filling: Filling, error: ProblemFieldError, language: Language) -> str:
    """Return a page's message about an error of the API."""
    question = controls.question_at(filling.form, controls.name_of(error.pointer))
    return message_of(question, error.code, error.message, language)


def section_with_error(filling: Filling, error: ProblemFieldError) -> Section:
    """Return the section with the wrong question; the first section if there is none."""
    field = controls.field_of(controls.name_of(error.pointer))
    return filling.form.section_with(field) or filling.form.sections[0]
