"""Answers that are known before they are asked."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from libs.bangladesh.phone import national
from libs.bangladesh.text import Malformed, bangla_digits
from libs.contracts.applications import ApplicationList, ApplicationSummary
from libs.contracts.identity import DetailsView
from libs.contracts.language import Language
from libs.errors import Unavailable
from libs.pages.forms.controls import Typed, field_of
from libs.pages.forms.questions import DATE_PARTS, Form, Question, Section
from libs.pages.forms.rules import typed_of
from libs.pages.forms.summary import Line, lines_of
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.visits import Visit
from services.portal.forms.use_cases import read_sent

_MOBILE: Final = "account.mobile"
_OFFERED_WITHIN_S: Final = 2.0
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


@dataclass(frozen=True, slots=True)
class LastAnswers:
    """Answers of the citizen's last application that questions of a section ask for again.

    Args:
        application: where they were given.
        typed: as they would be typed.
        lines: the same in words.
    """

    application: ApplicationSummary
    typed: Mapping[str, str]
    lines: Sequence[Line]


async def last_answers(
    gateway: Gateway, visit: Visit, section: Section, typed: Typed
) -> LastAnswers | None:
    """Return the applicant's answers in the citizen's last application; None without any.

    The form says which questions are about the citizen who applies (`ui.prefill`): only from such
    a question to such a question is an answer offered, so that a child's name becomes nobody
    else's. Applications for a ward are in the ward's account.

    Args:
        gateway: the API.
        visit: who asks.
        section: which asks.
        typed: what is typed, or known from elsewhere.
    """
    answered = {field_of(name) for name in typed}
    questions = [
        question
        for question in section.questions
        if question.prefill in _DETAILS and question.name not in answered
    ]
    if not questions:
        return None
    try:
        async with asyncio.timeout(_OFFERED_WITHIN_S):
            listed = await gateway.read(
                visit, ApplicationList, "/v1/applications", {"limit": "1"}, personal=True
            )
            if not listed.items:
                return None
            last = listed.items[0]
            sent = await read_sent(gateway, visit, last.public_service_id, last.tracking_number)
    except (ApiProblem, Unavailable, TimeoutError):  # a form goes on without
        return None
    meanings = {
        question.prefill: sent.body[question.name]
        for question in sent.form.questions
        if question.prefill in _DETAILS and question.name in sent.body
    }
    body = {
        question.name: meanings[question.prefill]
        for question in questions
        if question.prefill in meanings
    }
    again = typed_of_answers(section.questions, body, visit.language)
    lines = [
        line
        for question in questions
        if question.name in body
        for line in lines_of(question, again)
    ]
    return LastAnswers(last, again, lines) if again else None


def typed_of_answers(
    questions: Sequence[Question], body: Mapping[str, Any], language: Language
) -> dict[str, str]:
    """Return the input that gives these answers, in digits of the language."""
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
