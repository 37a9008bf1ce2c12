"""SQL of questions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from libs.contracts.language import Text
from libs.contracts.lists import ListQuery
from libs.contracts.questions import PublishQuestion
from libs.database.transaction import Transaction
from services.programme.questions.rules import Question


async def insert_question(tx: Transaction, question: Question) -> None:
    """Insert a question; where the same one of the same body waits, nothing is inserted."""
    await tx.execute(
        """
        INSERT INTO body_questions (question_id, body, asked_by, origin_id, question, asked_at)
        SELECT $1, $2, $3, $4, $5, $6
         WHERE NOT EXISTS (
               SELECT
                 FROM body_questions AS same
                WHERE same.body = $2 AND same.asked_by = $3
                  AND same.origin_id IS NOT DISTINCT FROM $4 AND same.question = $5
                  AND same.answered_at IS NULL)
        """,
        question.question_id,
        question.body,
        question.asked_by,
        question.origin_id,
        question.question,
        question.asked_at,
    )


async def find_waiting(tx: Transaction, question: Question) -> Question | None:
    """Read the question of a body that waits, in the same words."""
    row = await tx.fetchrow(
        """
        SELECT question_id, body, asked_by, origin_id, question, asked_at, answer, answered_at,
               question_bn, question_en, answer_bn, answer_en, published_at
          FROM body_questions
         WHERE body = $1 AND asked_by = $2 AND origin_id IS NOT DISTINCT FROM $3 AND question = $4
           AND answered_at IS NULL
         ORDER BY question_id
         LIMIT 1
        """,
        question.body,
        question.asked_by,
        question.origin_id,
        question.question,
    )
    return _question(row) if row else None


async def read_question(tx: Transaction, question_id: UUID) -> Question | None:
    """Read a question."""
    row = await tx.fetchrow(
        """
        SELECT question_id, body, asked_by, origin_id, question, asked_at, answer, answered_at,
               question_bn, question_en, answer_bn, answer_en, published_at
          FROM body_questions
         WHERE question_id = $1
        """,
        question_id,
    )
    return _question(row) if row else None


async def read_of_body(tx: Transaction, body: str, query: ListQuery) -> list[Question]:
    """Read a page of the questions about a body, the newest first."""
    rows = await tx.fetch(
        """
        SELECT question_id, body, asked_by, origin_id, question, asked_at, answer, answered_at,
               question_bn, question_en, answer_bn, answer_en, published_at
          FROM body_questions
         WHERE body = $1 AND ($2::uuid IS NULL OR question_id < $2)
         ORDER BY question_id DESC
         LIMIT $3
        """,
        body,
        query.after,
        query.one_more,
    )
    return [_question(row) for row in rows]


async def read_of_origin(tx: Transaction, origin_id: UUID, query: ListQuery) -> list[Question]:
    """Read a page of the questions of a vendor or a workshop, the newest first."""
    rows = await tx.fetch(
        """
        SELECT question_id, body, asked_by, origin_id, question, asked_at, answer, answered_at,
               question_bn, question_en, answer_bn, answer_en, published_at
          FROM body_questions
         WHERE origin_id = $1 AND ($2::uuid IS NULL OR question_id < $2)
         ORDER BY question_id DESC
         LIMIT $3
        """,
        origin_id,
        query.after,
        query.one_more,
    )
    return [_question(row) for row in rows]


async def read_waiting(
    tx: Transaction, before: datetime | None, query: ListQuery
) -> list[Question]:
    """Read a page of the questions without an answer, perhaps of before a moment, oldest first."""
    rows = await tx.fetch(
        """
        SELECT question_id, body, asked_by, origin_id, question, asked_at, answer, answered_at,
               question_bn, question_en, answer_bn, answer_en, published_at
          FROM body_questions
         WHERE answered_at IS NULL
           AND ($1::timestamptz IS NULL OR asked_at < $1)
           AND ($2::uuid IS NULL OR question_id > $2)
         ORDER BY question_id
         LIMIT $3
        """,
        before,
        query.after,
        query.one_more,
    )
    return [_question(row) for row in rows]


async def read_answered(tx: Transaction, query: ListQuery) -> list[Question]:
    """Read a page of the questions with an answer, the newest first."""
    rows = await tx.fetch(
        """
        SELECT question_id, body, asked_by, origin_id, question, asked_at, answer, answered_at,
               question_bn, question_en, answer_bn, answer_en, published_at
          FROM body_questions
         WHERE answered_at IS NOT NULL AND ($1::uuid IS NULL OR question_id < $1)
         ORDER BY question_id DESC
         LIMIT $2
        """,
        query.after,
        query.one_more,
    )
    return [_question(row) for row in rows]


async def read_public(tx: Transaction, query: ListQuery) -> list[Question]:
    """Read a page of the questions that everybody can read, the newest first."""
    rows = await tx.fetch(
        """
        SELECT question_id, body, asked_by, origin_id, question, asked_at, answer, answered_at,
               question_bn, question_en, answer_bn, answer_en, published_at
          FROM body_questions
         WHERE published_at IS NOT NULL AND ($1::uuid IS NULL OR question_id < $1)
         ORDER BY question_id DESC
         LIMIT $2
        """,
        query.after,
        query.one_more,
    )
    return [_question(row) for row in rows]


async def save_answer(tx: Transaction, question_id: UUID, answer: str, at: datetime) -> bool:
    """Store an answer in place of the one before; whether there is such a question."""
    return bool(
        await tx.execute(
            "UPDATE body_questions SET answer = $2, answered_at = $3 WHERE question_id = $1",
            question_id,
            answer,
            at,
        )
    )


async def save_publication(
    tx: Transaction, question_id: UUID, words: PublishQuestion | None, at: datetime
) -> None:
    """Store the words that everybody reads; with None nobody reads the question any more."""
    await tx.execute(
        """
        UPDATE body_questions
           SET question_bn = $2, question_en = $3, answer_bn = $4, answer_en = $5,
               published_at = $6
         WHERE question_id = $1
        """,
        question_id,
        words and words.question.bn,
        words and words.question.en,
        words and words.answer.bn,
        words and words.answer.en,
        words and at,
    )


def _question(row: Any) -> Question:
    said = dict(row)
    bn, en = said.pop("question_bn"), said.pop("question_en")
    answer_bn, answer_en = said.pop("answer_bn"), said.pop("answer_en")
    is_public = said["published_at"] is not None
    return Question(
        **said,
        public_question=Text(bn=bn, en=en) if is_public else None,
        public_answer=Text(bn=answer_bn, en=answer_en) if is_public else None,
    )
