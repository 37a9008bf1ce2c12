"""Feedback is given once per application, and counted."""

from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from services.applications.feedback import queries, rules
from services.applications.feedback.queries import MonthCount
from services.applications.feedback.rules import Feedback
from services.applications.lifecycle.use_cases import lock_own_application


async def give_feedback(
    tx: Transaction,
    citizen_id: UUID,
    tracking_number: str,
    rating: int,
    comment: str | None,
    *,
    at: datetime,
) -> Feedback:
    """Store a citizen's feedback on their own application; a repeat gets the same result.

    Raises:
        Refused: the citizen has no such application, the ministry has not decided, or other
            feedback was given before.
    """
    application = await lock_own_application(tx, citizen_id, tracking_number)
    before = await queries.find_feedback(tx, application.application_id)
    if before is not None:
        if (before.rating, before.comment) != (rating, comment):
            raise Refused("feedback_given")
        return before
    feedback, event = rules.give(application, rating, comment, at=at)
    await queries.insert_feedback(tx, feedback)
    await outbox.add(tx, [event])
    return feedback


async def count_feedback(
    tx: Transaction, public_service_id: str, *, at: datetime
) -> list[MonthCount]:
    """Return how often each rating was given to a public service in the last twelve months."""
    return await queries.count_feedback(tx, public_service_id, since=rules.counted_since(at))
