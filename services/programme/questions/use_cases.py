"""Questions asked, answered, made public and read."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date, end_of_day
from libs.contracts.lists import ListQuery
from libs.contracts.questions import (
    AskedBy,
    PublicQuestionList,
    PublishQuestion,
    QuestionList,
    QuestionView,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from services.programme.calendar import use_cases as calendars
from services.programme.questions import queries, rules
from services.programme.questions.rules import Question

Show = Literal["waiting", "late", "answered"]


async def ask(  # noqa: PLR0913
    tx: Transaction,
    body: str,
    asked_by: AskedBy,
    text: str,
    *,
    by: str,
    at: datetime,
    origin_id: UUID | None = None,
) -> QuestionView:
    """Ask about a body; the same question again, while it waits, is one.

    Args:
        tx: the transaction.
        body: what it is about.
        asked_by: as whom.
        text: the question.
        by: who asks, for the audit log only.
        at: the time.
        origin_id: the vendor or the workshop; None for a focal point.

    Raises:
        Refused: the question has a number or an address of a person.
    """
    rules.check_impersonal(text, "/question")
    question = Question(new_id(), body, asked_by, origin_id, text, at)
    await queries.insert_question(tx, question)
    await record_action(tx, actor=by, action="ask", subject=body)
    found = await queries.find_waiting(tx, question)
    return (found or question).view(dhaka_date(at), await calendars.read_calendar(tx))


async def read_of_body(tx: Transaction, body: str, query: ListQuery, at: datetime) -> QuestionList:
    """Return the questions about a body, the newest first."""
    return await _list(tx, await queries.read_of_body(tx, body, query), query, at)


async def read_of_origin(
    tx: Transaction, origin_id: UUID, query: ListQuery, at: datetime
) -> QuestionList:
    """Return the questions of a vendor or a workshop, the newest first."""
    return await _list(tx, await queries.read_of_origin(tx, origin_id, query), query, at)


async def read_all(tx: Transaction, show: Show, query: ListQuery, at: datetime) -> QuestionList:
    """Return the questions that wait, those of them that are late, or those with an answer."""
    if show == "answered":
        return await _list(tx, await queries.read_answered(tx, query), query, at)
    before = None
    if show == "late":
        calendar = await calendars.read_calendar(tx)
        before = end_of_day(rules.late_until(dhaka_date(at), calendar))
    return await _list(tx, await queries.read_waiting(tx, before, query), query, at)


async def read_public(tx: Transaction, query: ListQuery) -> PublicQuestionList:
    """Return what everybody can read."""
    rows, following = query.page(
        await queries.read_public(tx, query), lambda question: question.question_id
    )
    public = [question.public for question in rows]
    return PublicQuestionList(items=[words for words in public if words], next=following)


async def read(tx: Transaction, question_id: UUID, at: datetime) -> QuestionView:
    """Return a question.

    Raises:
        Refused: there is no such question.
    """
    question = await queries.read_question(tx, question_id)
    if question is None:
        raise Refused("not_found")
    return question.view(dhaka_date(at), await calendars.read_calendar(tx))


async def answer(
    tx: Transaction, question_id: UUID, text: str, *, by: str, at: datetime
) -> QuestionView:
    """Answer a question; a later answer replaces it, and what is public stays as it is.

    Raises:
        Refused: there is no such question, or the answer has a number or an address of a person.
    """
    rules.check_impersonal(text, "/answer")
    if not await queries.save_answer(tx, question_id, text, at):
        raise Refused("not_found")
    await record_action(tx, actor=by, action="answer question", subject=str(question_id))
    return await read(tx, question_id, at)


async def make_public(
    tx: Transaction, question_id: UUID, words: PublishQuestion, *, by: str, at: datetime
) -> QuestionView:
    """Let everybody read a question and its answer, in these words.

    Raises:
        Refused: there is no such question, it has no answer, a language is missing, or the words
            have a number or an address of a person.
    """
    question = await read(tx, question_id, at)
    if question.answered_at is None:
        raise Refused("question_not_answered")
    for name, text in (("question", words.question), ("answer", words.answer)):
        if missing := text.missing_in():
            raise Refused("text_missing", pointer=f"/{name}/{missing}")
        rules.check_impersonal(text.bn, f"/{name}/bn")
        rules.check_impersonal(text.en, f"/{name}/en")
    await queries.save_publication(tx, question_id, words, at)
    await record_action(tx, actor=by, action="publish question", subject=str(question_id))
    return await read(tx, question_id, at)


async def take_back(tx: Transaction, question_id: UUID, *, by: str, at: datetime) -> None:
    """Let nobody but its body read a question any more; a repeat changes nothing.

    Raises:
        Refused: there is no such question.
    """
    await read(tx, question_id, at)
    await queries.save_publication(tx, question_id, None, at)
    await record_action(tx, actor=by, action="take question back", subject=str(question_id))


async def _list(
    tx: Transaction, found: list[Question], query: ListQuery, at: datetime
) -> QuestionList:
    rows, following = query.page(found, lambda question: question.question_id)
    today, calendar = dhaka_date(at), await calendars.read_calendar(tx)
    return QuestionList(items=[question.view(today, calendar) for question in rows], next=following)
