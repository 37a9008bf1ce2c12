"""SQL of feedback, and of its counts per public service and month."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from libs.contracts.feedback import Said
from libs.database.transaction import Transaction
from services.applications.feedback.encrypted import COMMENT
from services.applications.feedback.rules import Feedback, RatingCount


async def find_feedback(tx: Transaction, application_id: UUID) -> Feedback | None:
    """Read the feedback on an application; without its comment if that is damaged."""
    row = await tx.fetchrow(
        """
        SELECT application_id, public_service_id, month, rating, comment, visits,
               asked_for_more, given_at, for_ministry
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
                                  visits, asked_for_more, given_at, for_ministry)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                ON CONFLICT (application_id) DO NOTHING
            RETURNING public_service_id, month, rating, visits, asked_for_more
        )
        INSERT INTO feedback_counts AS stored
               (public_service_id, month, rating, count,
                visits_said, visits_sum, money_said, money_asked)
        SELECT public_service_id, month, rating, 1,
               (visits IS NOT NULL)::int, coalesce(visits, 0),
               (asked_for_more IS NOT NULL)::int, coalesce(asked_for_more, false)::int
          FROM given
            ON CONFLICT (public_service_id, month, rating)
            DO UPDATE SET count = stored.count + 1,
                          visits_said = stored.visits_said + excluded.visits_said,
                          visits_sum = stored.visits_sum + excluded.visits_sum,
                          money_said = stored.money_said + excluded.money_said,
                          money_asked = stored.money_asked + excluded.money_asked
        """,
        feedback.application_id,
        feedback.public_service_id,
        feedback.month,
        feedback.rating,
        tx.cipher.seal(COMMENT, feedback.application_id, feedback.comment),
        feedback.visits,
        feedback.asked_for_more,
        feedback.given_at,
        feedback.for_ministry,
    )


async def read_sentences(
    tx: Transaction, public_service_id: str, month: date, *, for_ministry: bool, limit: int
) -> list[Said]:
    """Read what was written about a public service in a month, without what is damaged.

    For its ministry without what was written for the programme's staff only.
    """
    rows = await tx.fetch(
        """
        SELECT application_id, rating, comment, visits, asked_for_more
          FROM feedback
         WHERE public_service_id = $1 AND month = $2 AND comment IS NOT NULL
           AND (for_ministry OR NOT $4)
         ORDER BY rating, comment -- the sealed one, which is in no order
         LIMIT $3
        """,
        public_service_id,
        month,
        limit,
        for_ministry,
    )
    found: list[Said] = []
    for row in rows:
        values = dict(row)
        application_id, sealed = values.pop("application_id"), values.pop("comment")
        comment, _ = tx.cipher.try_open(COMMENT, application_id, sealed)
        if comment is not None:
            found.append(Said(comment=comment, **values))
    return found


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
    tx: Transaction, public_service_id: str, *, since: date, before: date
) -> list[RatingCount]:
    """Read the counts of a public service from a month until before another, the newest first."""
    rows = await tx.fetch(
        """
        SELECT month, rating, count, visits_said, visits_sum, money_said, money_asked
          FROM feedback_counts
         WHERE public_service_id = $1 AND month >= $2 AND month < $3
         ORDER BY month DESC, rating
        """,
        public_service_id,
        since,
        before,
    )
    return [RatingCount(**row) for row in rows]
