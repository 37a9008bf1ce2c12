"""Answers that are known before they are asked."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from libs.bangladesh.phone import national
from libs.bangladesh.text import Malformed, bangla_digits
from libs.contracts.identity import DetailsView
from libs.contracts.language import Language
from libs.errors import Unavailable
from libs.pages.forms.questions import DATE_PARTS, Form, Question, Section
from libs.pages.forms.rules import typed_of
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.visits import Visit

_MOBILE: Final = "account.mobile"
# The name of a meaning in the form, and its name in the saved details.
_DETAILS: Final[Mapping[str, str]] = {
    "verified.name_bn": "name_bn",
    "verified.name_en": "name_en",
    "verified.birth_date": "birth_date",
    "verified.sex": "sex",
    "verified.father_name": "father_name",
    "verified.mother_name": "mother_name",
    "verified.present_address": "present_address",
    "verified.permanent_address": "permanent_address",
    "verified.nid": "nid",
    "verified.birth_number": "birth_registration_number",
}


async def known_answers(gateway: Gateway, visit: Visit, section: Section) -> dict[str, str]:
    """Return answers from the login and the saved details to the questions of a section.

    They are shown in the fields, to be checked. They are no answers before they are posted.
    """
    details: dict[str, Any] = {}
    if any(question.prefill in _DETAILS for question in section.questions):
        with suppress(ApiProblem, Unavailable):  # a form goes on without
            saved = await gateway.read(visit, DetailsView, "/v1/me/details", personal=True)
            details = saved.model_dump(mode="json", exclude_none=True)
    answers = {prefill: details[name] for prefill, name in _DETAILS.items() if name in details}
    if visit.login:
        with suppress(Malformed):
            answers[_MOBILE] = national(visit.login.name)
    body = {
        question.name: answers[question.prefill]
        for question in section.questions
        if question.prefill in answers
    }
    return typed_of_answers(section.questions, body, visit.language)


def typed_of_answers(
    questions: Sequence[Question], body: Mapping[str, Any], language: Language
) -> dict[str, str]:
    """Return what somebody would have typed whose answers are these, in digits of the language."""
    alone = Form((Section("", questions[0].label, tuple(questions)),), ())
    typed = typed_of(alone, body)
    if language != "bn":
        return typed
    numbers = {name for question in questions for name in _numbers_in(question)}
    return {name: bangla_digits(v) if name in numbers else v for name, v in typed.items()}


def _numbers_in(question: Question) -> list[str]:
    """The controls of a question in which a number is typed."""
    match question.kind:
        case "digits" | "phone" | "whole":
            return [question.name]
        case "date":
            return [f"{question.name}.{part}" for part in DATE_PARTS]
        case "address" | "group":
            return [name for part in question.parts for name in _numbers_in(part)]
        case _:
            return []
