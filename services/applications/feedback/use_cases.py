"""Feedback is given once per application, and counted."""

from datetime import datetime
from uuid import UUID

from libs.contracts.feedback import GiveFeedback, MonthOfFeedback
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from services.applications.feedback import queries, rules
from services.applications.feedback.rules import Feedback
from services.applications.lifecycle.use_cases import lock_own_application


async def give_feedback(
    tx: Transaction,
    citizen_id: UUID,
    tracking_number: str,
    body: GiveFeedback,
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
        if not before.says(body):
            raise Refused("feedback_given")
        return before
    feedback, event = rules.give(application, body, at=at)
    await queries.insert_feedback(tx, feedback)
    await outbox.add(tx, [event])
    return feedback


async def read_feedback(tx: Transaction, citizen_id: UUID, tracking_number: str) -> Feedback:
    """Return what a citizen has said of her own application.

    Raises:
        Refused: the citizen has no such application, or has given no feedback on it.
    """
    application = await lock_own_application(tx, citizen_id, tracking_number)
    feedback = await queries.find_feedback(tx, application.application_id)
    if feedback is None:
        raise Refused("feedback_not_given")
    return feedback


async def count_feedback(
    tx: Transaction, public_service_id: str, *, at: datetime
) -> list[MonthOfFeedback]:
    """Return what may be shown of the last twelve months that have ended, the newest first."""
    first, end = rules.months_shown(at)
    return rules.shown(await queries.count_feedback(tx, public_service_id, since=first, before=end))
