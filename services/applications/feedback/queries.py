"""SQL of feedback, and of its counts per public service and month."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.feedback.encrypted import COMMENT
from services.applications.feedback.rules import Feedback


@dataclass(frozen=True, slots=True)
class MonthCount:
    """The count of one rating in one month."""

    month: date
    rating: int
    count: int


async def find_feedback(tx: Transaction, application_id: UUID) -> Feedback | None:
    """Read the feedback on an application; without its comment if that is damaged."""
    row = await tx.fetchrow(
        """
        SELECT application_id, public_service_id, month, rating, comment, given_at
          FROM feedback
         WHERE application_id = $1
        """,
        application_id,
    )
    if row is None:
        return None
    comment, _ = tx.cipher.try_open(COMMENT, application_id, row["comment"])
    return Feedback(**{**row, "comment": comment})


async def insert_feedback(tx: Transaction, feedback: Feedback) -> None:
    """Write feedback and count it. The row of its application must be locked."""
    await tx.execute(
        """
        WITH given AS (
            INSERT INTO feedback (application_id, public_service_id, month, rating, comment,
                                  given_at)
            VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (application_id) DO NOTHING
            RETURNING public_service_id, month, rating
        )
        INSERT INTO feedback_counts AS stored (public_service_id, month, rating, count)
        SELECT public_service_id, month, rating, 1
          FROM given
            ON CONFLICT (public_service_id, month, rating)
            DO UPDATE SET count = stored.count + 1
        """,
        feedback.application_id,
        feedback.public_service_id,
        feedback.month,
        feedback.rating,
        tx.cipher.seal(COMMENT, feedback.application_id, feedback.comment),
        feedback.given_at,
    )


async def delete_comments(tx: Transaction, application_ids: Collection[UUID]) -> int:
    """Delete the comments on applications; return how many. The ratings stay."""
    return await tx.execute(
        """
        UPDATE feedback
           SET comment = NULL
         WHERE application_id = ANY($1::uuid[]) AND comment IS NOT NULL
        """,
        list(application_ids),
    )


async def count_feedback(
    tx: Transaction, public_service_id: str, *, since: date
) -> list[MonthCount]:
    """Read the counts of a public service from a month on, the newest first."""
    rows = await tx.fetch(
        """
        SELECT month, rating, count
          FROM feedback_counts
         WHERE public_service_id = $1 AND month >= $2
         ORDER BY month DESC, rating
        """,
        public_service_id,
        since,
    )
    return [MonthCount(**row) for row in rows]
