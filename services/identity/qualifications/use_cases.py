"""Qualifications stored, and officers without one refused."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from libs.contracts.programme import QualificationChanged, QualificationNeeded
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.duties.use_cases import OFFICERS_CHANGED
from services.identity.qualifications import queries

QUALIFICATIONS_CHANGED: Final = "qualifications_changed"
"""Notification sent on commit when it may have changed until when uddoktas help."""


async def save(
    tx: Transaction, events: Sequence[QualificationChanged | QualificationNeeded]
) -> None:
    """Store the newest of each holder and course, and of each audience and course."""
    newest: dict[str, QualificationChanged | QualificationNeeded] = {}
    for event in sorted(events, key=lambda event: event.occurred_at):
        newest[event.subject] = event
    held = [event for event in newest.values() if isinstance(event, QualificationChanged)]
    needed = [event for event in newest.values() if isinstance(event, QualificationNeeded)]
    await queries.save_qualifications(tx, held)
    await queries.save_needed(tx, needed)
    tx.notify_on_commit(QUALIFICATIONS_CHANGED)
    tx.notify_on_commit(OFFICERS_CHANGED)


async def check_officer(tx: Transaction, officer_id: UUID, today: date) -> None:
    """Check that an officer may act on a day.

    Raises:
        Refused: a course is needed, and the officer is not qualified by it.
    """
    until = await queries.read_officer_until(tx, officer_id)
    if until is not None and until < today:
        raise Refused("qualification_missing")
