"""Results and delivery reports recorded, failures announced; messages resent and deleted."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.dead_letters.rules import FailedJob
from libs.dead_letters.use_cases import keep_jobs
from libs.errors import Refused
from libs.jobs import JobResult
from libs.messaging.reading import inbox
from libs.messaging.writing import outbox
from libs.telemetry.metrics import Metrics
from libs.trace_context import TraceContext
from services.notifications.codes.use_cases import delete_codes
from services.notifications.messages.rules import DueMessage
from services.notifications.messages.use_cases import SEND_MESSAGES
from services.notifications.notices.use_cases import SEND_NOTICES, delete_notices
from services.notifications.sending import queries, rules
from services.notifications.sending.queries import Retry
from services.notifications.sending.rules import Ending, Outcome, Progress, ReceivedReport

_DELETED_AT_ONCE = 1000


async def record_results(
    tx: Transaction, results: Sequence[JobResult[DueMessage, Outcome]]
) -> set[UUID]:
    """Record the results of calls; announce and return the messages that failed for good.

    A message that a delivery report has closed meanwhile stays as it is.
    """
    ended: dict[UUID, Ending] = {}
    traces: dict[UUID, TraceContext | None] = {}
    retries: list[Retry] = []
    for result in results:
        message_id = result.job.message_id
        if result.retry_in_s is not None:
            reason = rules.reason_of(result.failure)
            retries.append(Retry(message_id, reason, result.retry_in_s, result.counts))
        else:
            ended[message_id], traces[message_id] = _ending_of(result), result.trace
    moved = [
        progress._replace(trace=traces[progress.message_id])
        for progress in await queries.leave_queue(tx, ended)
    ]
    await _announce(tx, moved)
    await queries.save_retries(tx, retries)
    return {progress.message_id for progress in moved if progress.state == "failed"}


async def mark_failed(tx: Transaction, messages: Sequence[DueMessage]) -> None:
    """Close messages as failed, and do nothing else."""
    await queries.leave_queue(
        tx, {message.message_id: Ending("failed", "defect") for message in messages}
    )


async def record_reports(
    tx: Transaction, reports: Sequence[ReceivedReport], *, metrics: Metrics
) -> list[TraceContext | Exception | None]:
    """Record delivery reports, and announce messages that did not arrive.

    Such a message or notice becomes a dead letter. A code does not: it has expired by the time an
    operator looks, and the citizen asks for a new one.

    Returns:
        For every report the trace that it belongs to, or the answer about an unknown message.
    """
    progress_of = await queries.lock_progress(
        tx, {received.report.reference for received in reports}
    )
    moved: dict[UUID, Progress] = {}
    results: list[TraceContext | Exception | None] = []
    for received in reports:
        report = received.report
        before = progress_of.get(report.reference)
        if before is None or before.channel != received.channel:
            results.append(await inbox.unknown(tx, Refused("message_unknown")))
            continue
        traced = before._replace(trace=rules.trace_of_report(received.trace, before.trace))
        after = rules.apply_report(traced, report)
        if after is not traced:
            progress_of[report.reference] = moved[report.reference] = after
        results.append(traced.trace)
    await queries.save_progress(tx, list(moved.values()))
    await _announce(tx, list(moved.values()))
    notices = [progress for progress in moved.values() if progress.is_notice]
    await delete_notices(
        tx, [notice.message_id for notice in notices if notice.state == "delivered"]
    )
    failed = [
        message for message in moved.values() if message.state == "failed" and not message.is_code
    ]
    await keep_jobs(tx, metrics, [_failed_job(message) for message in failed])
    return results


async def resend_messages(tx: Transaction, job_keys: Collection[str]) -> set[str]:
    """Send failed messages again, under the same references; return their keys."""
    queued = await queries.requeue_messages(tx, [UUID(key) for key in job_keys])
    tx.notify_on_commit(SEND_MESSAGES.name)
    return {str(message_id) for message_id in queued}


async def resend_codes(_tx: Transaction, _job_keys: Collection[str]) -> set[str]:
    """Do nothing: the code has expired, and the citizen requests a new one."""
    return set()


async def leave_failed(_tx: Transaction, _job_keys: Collection[str]) -> None:
    """Leave messages failed; nothing waits behind them."""


async def show(tx: Transaction, job_key: str) -> dict[str, Any] | None:
    """Read all of a message, the citizen's number included; None where there is none."""
    return await queries.read_whole_message(tx, UUID(job_key))


async def delete_old_messages(tx: Transaction, *, older_than_days: int) -> int:
    """Delete messages that left the queue long ago, a batch at a time; return how many."""
    return await queries.delete_old_messages(
        tx, older_than_days=older_than_days, limit=_DELETED_AT_ONCE
    )


async def _announce(tx: Transaction, moved: Sequence[Progress]) -> None:
    """Announce messages that failed; codes of messages that moved are not needed any more."""
    await delete_codes(tx, [progress.message_id for progress in moved if progress.is_code])
    await outbox.add(tx, [event for progress in moved if (event := rules.failure_of(progress))])


def _ending_of(result: JobResult[DueMessage, Outcome]) -> Ending:
    if result.outcome == "sent":
        return Ending("sent")
    if result.outcome == "expired":
        return Ending("expired", "code_expired")
    return Ending("failed", rules.reason_of(result.failure))


def _failed_job(progress: Progress) -> FailedJob:
    return FailedJob(
        job_type=SEND_NOTICES.name if progress.is_notice else SEND_MESSAGES.name,
        job_key=str(progress.message_id),
        destination=progress.channel,
        reason=f"refused.{progress.reason}",
        detail="the provider reported that the message did not arrive",
        attempts=1,
        blocks=False,
        trace=progress.trace,
    )
