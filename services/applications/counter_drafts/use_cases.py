"""Save, show and delete drafts that uddoktas type with citizens."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from libs.contracts.identity import MandateEnded
from libs.contracts.mandates import CounterDraft
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.applications.counter_drafts import queries
from services.applications.mandate_uses import use_cases as mandates

KEPT: Final = timedelta(hours=2)
"""As long as an application can be sent with a mandate, counted from the first save. A draft ends
before that with its mandate, and when its uddokta is stopped."""

MOST_KEPT: Final = 50
"""Drafts of one uddokta; the oldest make room. Nobody serves so many citizens in two hours."""

_ROWS_PER_DELETION: Final = 1_000


async def save_draft(
    tx: Transaction, uddokta_id: UUID, draft_id: UUID, draft: CounterDraft, *, at: datetime
) -> None:
    """Store a draft in place of the one stored before.

    Raises:
        Refused: it is another uddokta's, its mandate is over, the application is not to be
            corrected by this uddokta, or the uddokta was stopped.
    """
    corrects = None
    if draft.correction_of is None:
        await mandates.check_not_ended(tx, uddokta_id, draft_id)
    else:
        _, evidence = await mandates.find_followed_up(
            tx, uddokta_id, draft.correction_of, also_decided=True
        )
        corrects = evidence.mandate_id
    if not await queries.save_draft(
        tx, uddokta_id, draft_id, draft.answers, corrects=corrects, at=at, since=at - KEPT
    ):
        raise Refused("counter_draft_unknown")
    await queries.delete_older(tx, uddokta_id, newest=MOST_KEPT)


async def read_draft(
    tx: Transaction, uddokta_id: UUID, draft_id: UUID, *, at: datetime
) -> dict[str, Any]:
    """Return the draft of an uddokta.

    Raises:
        Refused: there is nothing, its time is over, it is another uddokta's, its mandate is over,
            or the uddokta was stopped.
    """
    found = await queries.find_draft(tx, uddokta_id, draft_id, at - KEPT)
    if found is None:
        raise Refused("counter_draft_unknown")
    await mandates.check_not_ended(tx, uddokta_id, found.corrects or draft_id)
    return found.answers


async def end_drafts(
    tx: Transaction, ends: Sequence[MandateEnded], stopped: Collection[UUID] = ()
) -> None:
    """Delete the drafts of mandates that are over, and of uddoktas who were stopped."""
    if ends:
        await queries.delete_of_mandates(tx, [end.mandate_id for end in ends])
    if stopped:
        await queries.delete_of_uddoktas(tx, stopped)


async def delete_of_citizen(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the drafts of mandates of a citizen's applications; return how many.

    What is typed with an open mandate goes when identity ends that.
    """
    return await queries.delete_of_mandates(tx, await mandates.list_of_citizen(tx, citizen_id))


async def delete_draft(tx: Transaction, uddokta_id: UUID, draft_id: UUID) -> None:
    """Delete the draft of an uddokta; a repeat changes nothing."""
    await queries.delete_draft(tx, uddokta_id, draft_id)


async def delete_old_drafts(tx: Transaction, *, at: datetime) -> int:
    """Delete a batch of drafts whose time is over; return how many were."""
    return await queries.delete_old_drafts(tx, at - KEPT, limit=_ROWS_PER_DELETION)
