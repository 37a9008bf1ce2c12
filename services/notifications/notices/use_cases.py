"""Writes notices, sends them again by hand, deletes them, and makes expired ones dead letters."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from libs import jobs
from libs.database.transaction import Transaction
from libs.dead_letters.rules import FailedJob, ManualActions
from libs.dead_letters.use_cases import keep_jobs
from libs.jobs import WritableJobQueue
from libs.telemetry.metrics import Metrics
from libs.trace_context import read_text
from services.notifications.messages.use_cases import SEND_MESSAGES
from services.notifications.notices import queries, rules
from services.notifications.notices.rules import NoticeEvent

SEND_NOTICES: Final = WritableJobQueue(
    "send_notices",
    insert=queries.insert_notices,
    claim=queries.claim_notices,
    release=SEND_MESSAGES.release,
    oldest_due_age_s=queries.read_oldest_due_age_s,
)
"""The queue of notices about accounts and mandates."""

_CLOSED_AT_ONCE: Final = 1000


async def write_notices(tx: Transaction, events: Sequence[NoticeEvent]) -> None:
    """Queue notices; repeated events change nothing."""
    await jobs.enqueue(tx, SEND_NOTICES, events)


async def close_expired_notices(tx: Transaction, *, metrics: Metrics) -> int:
    """Close a batch of notices that were tried for too long, as dead letters; return how many."""
    closed = await queries.close_expired_notices(
        tx, older_than=rules.NOTICE_VALID, limit=_CLOSED_AT_ONCE
    )
    expired = [
        FailedJob(
            job_type=SEND_NOTICES.name,
            job_key=str(row["message_id"]),
            destination=row["channel"],
            reason=f"unavailable.{row['channel']}",
            detail=f"expired before it was sent; the last attempt: {row['reason'] or 'none'}",
            attempts=row["attempts"],
            blocks=False,
            trace=read_text(row["trace_context"]),
        )
        for row in closed
    ]
    await keep_jobs(tx, metrics, expired)
    return len(closed)


async def resend_notices(tx: Transaction, job_keys: Collection[str]) -> set[str]:
    """Send notices again that expired or failed, to the same numbers; return their keys."""
    queued = await queries.requeue_notices(tx, [UUID(key) for key in job_keys])
    tx.notify_on_commit(SEND_NOTICES.name)
    return {str(message_id) for message_id in queued}


async def settle_notices(tx: Transaction, job_keys: Collection[str]) -> None:
    """Delete the texts and numbers of notices that are not to be sent any more."""
    await queries.delete_notices(tx, [UUID(key) for key in job_keys])


async def show_notice(tx: Transaction, job_key: str) -> dict[str, Any] | None:
    """Read all of a notice, its number and text included; None where there is none."""
    return await queries.read_notice(tx, UUID(job_key))


async def delete_notices(tx: Transaction, message_ids: Collection[UUID]) -> None:
    """Delete the texts and numbers of notices that have arrived."""
    if message_ids:
        await queries.delete_notices(tx, message_ids)


async def delete_to_phone(tx: Transaction, phone: str) -> list[UUID]:
    """Delete the notices to a number that have not arrived; return their ids."""
    return await queries.delete_to_phone(tx, phone)


MANUAL_ACTIONS: Final[Mapping[str, ManualActions]] = {
    SEND_NOTICES.name: ManualActions(resend_notices, settle_notices, show_notice)
}
"""The manual actions of operators on notices that expired or failed for good."""
