"""HTTP routes of questions: for who asks, for who answers, and for everybody."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.lists import ListQuery
from libs.contracts.questions import (
    AnswerQuestion,
    AskQuestion,
    PublicQuestionList,
    PublishQuestion,
    QuestionList,
    QuestionView,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.focal_points.routes import body_of
from services.programme.questions import use_cases
from services.programme.questions.use_cases import Show

_PROGRAMME: Final = ("programme",)
_READERS: Final = ("leadership", "programme")
_FOCAL_POINT: Final = ("focal_point",)
_OWN: Final = "/v1/programme/own/questions"
_ALL: Final = "/v1/programme/questions"
_QUESTION: Final = f"{_ALL}/{{question_id}}"

QuestionId = Annotated[UUID, Field(description="Id of the question")]

routes = Routes()


class QuestionsQuery(ListQuery):
    """Which questions."""

    show: Annotated[
        Show, Field(description="Without an answer; of them those that are late; or answered ones")
    ] = "waiting"


@routes.get(_OWN, roles=_FOCAL_POINT, problems=("role_missing",))
async def list_own_questions(
    query: ListQuery, staff: Staff, tx: Transaction, clock: Clock
) -> QuestionList:
    """List the questions about the own body with their answers, the newest first (focal_point)."""
    return await use_cases.read_of_body(tx, body_of(staff), query, clock.now())


@routes.post(
    _OWN,
    status=201,
    roles=_FOCAL_POINT,
    problems=("role_missing", "question_names_person"),
    example={"question": "May the adapter send decisions once a day?"},
)
async def ask_question(
    wanted: AskQuestion, staff: Staff, tx: Transaction, clock: Clock
) -> QuestionView:
    """Ask the programme; it answers within 3 working days (focal_point)."""
    return await use_cases.ask(
        tx, body_of(staff), "focal_point", wanted.question, by=staff.actor, at=clock.now()
    )


@routes.get(_ALL, roles=_READERS)
async def list_questions(
    query: QuestionsQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> QuestionList:
    """List questions that wait, are late, or are answered (leadership, programme)."""
    return await use_cases.read_all(tx, query.show, query, clock.now())


@routes.get(_QUESTION, roles=_READERS)
async def read_question(
    question_id: QuestionId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> QuestionView:
    """Show a question (leadership, programme)."""
    return await use_cases.read(tx, question_id, clock.now())


@routes.put(
    f"{_QUESTION}/answer",
    roles=_PROGRAMME,
    recent_login=True,
    problems=("question_names_person",),
    example={"answer": "Yes. The day of the decision must be in it."},
)
async def answer_question(
    question_id: QuestionId, body: AnswerQuestion, staff: Staff, tx: Transaction, clock: Clock
) -> QuestionView:
    """Answer a question; a later answer replaces it (programme)."""
    return await use_cases.answer(tx, question_id, body.answer, by=staff.actor, at=clock.now())


@routes.put(
    f"{_QUESTION}/publication",
    roles=_PROGRAMME,
    recent_login=True,
    problems=("question_names_person", "question_not_answered", "text_missing"),
    example={
        "question": {"bn": "সিদ্ধান্ত কি দিনে একবার পাঠানো যায়?", "en": "Once a day?"},
        "answer": {"bn": "যায়।", "en": "Yes."},
    },
)
async def publish_question(
    question_id: QuestionId, body: PublishQuestion, staff: Staff, tx: Transaction, clock: Clock
) -> QuestionView:
    """Let everybody read a question and its answer, in these words (programme)."""
    return await use_cases.make_public(tx, question_id, body, by=staff.actor, at=clock.now())


@routes.delete(f"{_QUESTION}/publication", roles=_PROGRAMME, recent_login=True)
async def take_question_back(
    question_id: QuestionId, staff: Staff, tx: Transaction, clock: Clock
) -> None:
    """Let nobody but its body read a question any more (programme)."""
    await use_cases.take_back(tx, question_id, by=staff.actor, at=clock.now())


@routes.get("/v1/questions", cached=True)
async def list_public_questions(query: ListQuery, tx: Transaction) -> PublicQuestionList:
    """List what bodies have asked and what the answer is, for everybody, the newest first."""
    return await use_cases.read_public(tx, query)
