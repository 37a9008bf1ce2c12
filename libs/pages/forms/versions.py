"""The answers as they were when a page was made, so that no page overwrites another one's."""

import hashlib
from collections.abc import Collection
from typing import Final

import orjson

from libs.contracts.language import Language
from libs.pages.forms.controls import Typed, field_of, is_paper
from libs.pages.forms.questions import Question, Section
from libs.pages.forms.summary import lines_of

_CHARS: Final = 22


class ChangedElsewhere(Exception):
    """Other answers to the same questions were stored since the page was made.

    Args:
        typed: everything as it is stored now.
    """

    def __init__(self, typed: Typed) -> None:
        self.typed = typed
        super().__init__("changed elsewhere")


def version_of(typed: Typed, questions: Collection[Question] | None = None) -> str:
    """Return a short text that differs where answers differ; empty for no answers.

    Args:
        typed: everything that was typed.
        questions: only these, without their papers, which pages of their own store; None for all.
    """
    names = None if questions is None else {question.name for question in questions}
    answers = {
        name: value
        for name, value in typed.items()
        if names is None or (field_of(name) in names and not is_paper(name))
    }
    if not answers:
        return ""
    content = orjson.dumps(answers, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()[:_CHARS]


def check_same(stored: Typed, typed: Typed, section: Section, version: str) -> None:
    """Check that the answers of a section are stored as its page has shown them, or as typed now.

    Args:
        stored: everything as it is stored now.
        typed: everything with the answers that are about to be stored.
        section: the section.
        version: of its answers when its page was made.

    Raises:
        ChangedElsewhere: another page has stored other answers.
    """
    is_same = version_of(stored, section.questions) == version
    if not is_same and differences(section, stored, typed, "bn"):
        raise ChangedElsewhere(stored)


def differences(
    section: Section, stored: Typed, typed: Typed, language: Language
) -> list[tuple[str, str, str]]:
    """Return each question of a section whose answers differ: its label, both answers in words."""
    found = []
    for question in section.questions:
        there, here = (_said(question, answers, language) for answers in (stored, typed))
        if there != here:
            found.append((question.label.in_language(language), there, here))
    return found


def _said(question: Question, typed: Typed, language: Language) -> str:
    kept = {name: value for name, value in typed.items() if not is_paper(name)}
    values = [line.value.in_language(language) for line in lines_of(question, kept) if line.value]
    return ", ".join(value for value in values if value)
