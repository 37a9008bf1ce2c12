"""Feedback is given once per application, and counted."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.contracts.feedback import FEWEST_SHOWN, GiveFeedback, MonthOfFeedback, Said
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from services.applications.feedback import queries, rules
from services.applications.feedback.rules import Feedback
from services.applications.lifecycle.use_cases import lock_own_application

_MOST_SENTENCES: Final = 500


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


async def read_sentences(
    tx: Transaction, public_service_id: str, month: date, *, by: str
) -> list[Said]:
    """Return what citizens wrote about a public service in a month; note who has read it.

    Args:
        tx: the transaction.
        public_service_id: the public service.
        month: a day of the month.
        by: who reads, for the audit log.
    """
    return await _sentences(tx, public_service_id, month.replace(day=1), by=by)


async def read_sentences_for_ministry(
    tx: Transaction, public_service_id: str, month: date, *, by: str, at: datetime
) -> list[Said] | None:
    """Return what citizens wrote about a public service for its ministry; note who has read it.

    Nothing of a month that has not ended, nor of one in which fewer than five wrote: the ministry
    knows whom it served, and could know who wrote.

    Args:
        tx: the transaction.
        public_service_id: the public service.
        month: a day of the month.
        by: who reads, for the audit log.
        at: the current time.
    """
    first = month.replace(day=1)
    if first >= rules.month_of(at):
        return None
    found = await _sentences(tx, public_service_id, first, by=by, for_ministry=True)
    return found if len(found) >= FEWEST_SHOWN else None


async def _sentences(
    tx: Transaction, public_service_id: str, first: date, *, by: str, for_ministry: bool = False
) -> list[Said]:
    await record_action(
        tx, actor=by, action="read feedback", subject=public_service_id, detail=f"{first:%Y-%m}"
    )
    return await queries.read_sentences(
        tx, public_service_id, first, for_ministry=for_ministry, limit=_MOST_SENTENCES
    )


async def count_feedback(
    tx: Transaction, public_service_id: str, *, at: datetime
) -> list[MonthOfFeedback]:
    """Return what may be shown of the last twelve months that have ended, the newest first."""
    first, end = rules.months_shown(at)
    return rules.shown(await queries.count_feedback(tx, public_service_id, since=first, before=end))
