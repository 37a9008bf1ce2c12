"""Deliveries planned, recorded, announced, and repaired by operators."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import structlog

from libs import jobs
from libs.contracts.events import Event
from libs.contracts.ministries import MinistryDecision
from libs.database.transaction import Transaction
from libs.dead_letters.rules import (
    SETTLED_MANUALLY,
    BlockedApplication,
    FailedJob,
    JobState,
    reason_of,
)
from libs.dead_letters.use_cases import keep_jobs, read_newest_value, settle_jobs
from libs.errors import Refused
from libs.jobs import DestinationCalls, JobResult, WritableJobQueue
from libs.messaging.writing import outbox
from libs.telemetry.metrics import Metrics
from services.ministries.connections import use_cases as connections
from services.ministries.connections.rules import BY_THE_PLATFORM, Change
from services.ministries.deliveries import queries, responses, rules
from services.ministries.deliveries.adapters.statuses import Gone
from services.ministries.deliveries.responses import Application, ApplicationKey, MinistryResponse
from services.ministries.deliveries.rules import Delivery, Submission
from services.ministries.deliveries.values import HandedOver

DELIVERIES: Final = WritableJobQueue(
    "deliver",
    insert=queries.insert_deliveries,
    claim=queries.claim_deliveries,
    release=queries.release_claims,
    oldest_due_age_s=queries.read_oldest_due_age_s,
)
"""The queue of deliveries."""

DeliveryResults: TypeAlias = Sequence[JobResult[Delivery, MinistryDecision]]
FollowUp: TypeAlias = Callable[[Transaction, DeliveryResults], Awaitable[None]]
"""Called with results by the transaction that records them, for another capability."""

_DELAYS_AT_ONCE = 500
_JOB_STATES: Final[Mapping[str, JobState]] = {
    "handed_over": "done",
    "open": "waiting",
    "failed": "failed",
}

log = structlog.get_logger()


async def plan_deliveries(tx: Transaction, submissions: Sequence[Submission]) -> None:
    """Plan the delivery of submissions to their ministries; repeated ones change nothing.

    Submissions that the ministry's own adapter hands over are not ours to deliver. Of a citizen who
    was erased only a withdrawal is delivered, to a ministry that may have the application.
    """
    hosted = [submission for submission in submissions if submission.served_by == "hosted"]
    planned = [rules.plan_delivery(submission) for submission in hosted]
    erased = await queries.insert_and_lock_applications(tx, planned)
    if erased:
        late = {delivery.application_id for delivery in planned if delivery.applicant_id in erased}
        handed_over = await queries.read_handed_over(tx, late)
        planned = rules.without_erased(planned, erased, handed_over)
    await jobs.enqueue(tx, DELIVERIES, planned)


async def record_results(
    tx: Transaction, results: DeliveryResults, *, follow_up: FollowUp | None = None
) -> set[UUID]:
    """Record the results of attempts; return the deliveries that have failed for good.

    A delivery that failed for good is announced like a long delay. A ministry whose system is gone
    is not called again until an operator resumes it; its deliveries wait.

    Args:
        tx: the transaction.
        results: the results.
        follow_up: is called with them after they are recorded.
    """
    application_ids = {result.job.application_id for result in results}
    applications = await queries.lock_applications(tx, application_ids)
    answered = [
        MinistryResponse(result.job, _of_its_stage(result.job, result.outcome), result.trace)
        for result in results
        if result.outcome is not None
    ]
    await _apply(tx, applications, _without_contradictions(applications, answered))
    failures = [result for result in results if result.failure is not None]
    failed = await queries.save_failures(tx, failures)
    await _announce_delays(
        tx, [failure.job for failure in failures if failure.job.delivery_id in failed]
    )
    for ministry in {
        failure.job.ministry for failure in failures if isinstance(failure.failure, Gone)
    }:
        gone = Change(BY_THE_PLATFORM, "its system says that it is gone")
        await connections.stop(tx, ministry, gone)
    if follow_up is not None:
        await follow_up(tx, results)
    return failed


async def give_up(tx: Transaction, metrics: Metrics, deliveries: Sequence[Delivery]) -> None:
    """Make deliveries dead letters that are not handed over, since their rows are damaged."""
    await record_results(
        tx,
        [
            JobResult(delivery, None, delivery.unopened, None, counts=False, trace=None)
            for delivery in deliveries
        ],
    )
    failed = [
        FailedJob(
            DELIVERIES.name,
            str(delivery.delivery_id),
            delivery.ministry,
            *reason_of(delivery.unopened),
            attempts=delivery.attempts,
            blocks=True,
            trace=delivery.trace,
        )
        for delivery in deliveries
    ]
    await keep_jobs(tx, metrics, failed)


async def mark_failed(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    """Close deliveries as failed, without events."""
    unrecorded = RuntimeError("unrecorded")
    await queries.save_failures(
        tx,
        [
            JobResult(delivery, None, unrecorded, None, counts=True, trace=None)
            for delivery in deliveries
        ],
    )


async def record_responses(
    tx: Transaction,
    ministry_responses: Sequence[MinistryResponse],
    *,
    late_ones_stand: bool = False,
) -> Sequence[Refused | None]:
    """Record responses that came by themselves, and announce every fact once, in order.

    Args:
        tx: the transaction.
        ministry_responses: the responses.
        late_ones_stand: whether a decision is taken after a confirmed withdrawal as well.

    Returns:
        For every response None, or why it is not taken: it contradicts the ministry's first
        decision, or was decided after the ministry had confirmed a withdrawal.
    """
    application_ids = {response.decision.application_id for response in ministry_responses}
    applications = await queries.lock_applications(tx, application_ids)
    withdrawn_at = (
        {} if late_ones_stand else await queries.read_confirmed_withdrawals(tx, application_ids)
    )
    corrected = {
        response.decision.application_id
        for response in ministry_responses
        if response.decision.action == "correction_asked"
    }
    delivery_ids = await queries.read_delivery_ids(tx, corrected) if corrected else {}
    return await _apply(tx, applications, ministry_responses, withdrawn_at, delivery_ids)


async def lock_applications(tx: Transaction, application_ids: Collection[UUID]) -> None:
    """Lock the rows of applications until the transaction ends."""
    await queries.lock_applications(tx, application_ids)


async def read_decidable_deliveries(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[ApplicationKey, Delivery]:
    """Read the delivery that a ministry decides on now, by application and ministry."""
    return await queries.read_decidable_deliveries(tx, application_ids)


async def read_appeals(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[ApplicationKey, Delivery]:
    """Read the objections that ministries may have, by application and ministry."""
    return await queries.read_appeals(tx, application_ids)


async def take_due(tx: Transaction, ministry: str, limit: int) -> list[Delivery]:
    """Take due deliveries of a ministry into a batch, in order, where an answer closes them."""
    return await queries.take_due(tx, ministry, limit)


async def make_due(tx: Transaction, delivery_ids: Collection[UUID]) -> int:
    """Hand deliveries of a batch over again, under the same keys; return how many were open."""
    return await queries.make_due(tx, delivery_ids)


async def read_deliveries(tx: Transaction, delivery_ids: Collection[UUID]) -> dict[UUID, Delivery]:
    """Read deliveries, with the forms of those that the ministry has not confirmed."""
    return await queries.read_deliveries(tx, delivery_ids)


async def read_handed_over(
    tx: Transaction, ministry: str, *, after: int, limit: int, most_bytes: int
) -> tuple[list[HandedOver], bool]:
    """Read a ministry's hand-overs after a number, in order; and whether more follow.

    `settle_numbers` must come before it in the transaction.
    """
    return await queries.read_handed_over_after(
        tx, ministry, after=after, limit=limit, most_bytes=most_bytes
    )


async def settle_numbers(tx: Transaction, ministry: str) -> int:
    """Wait until every numbered hand-over to a ministry is committed; return the last number.

    Raises:
        Unavailable: a hand-over to this ministry takes long to commit.
    """
    await queries.settle_numbers(tx, ministry)
    return await queries.read_last_number(tx)


async def read_last_number(tx: Transaction) -> int:
    """Read the last number given to a hand-over; all ministries share one sequence."""
    return await queries.read_last_number(tx)


async def delete_old_content(tx: Transaction, *, older_than_s: float, limit: int) -> int:
    """Delete forms and papers of up to `limit` deliveries of each ministry; return how many."""
    return await queries.delete_old_content(tx, older_than_s=older_than_s, limit=limit)


async def announce_delays(tx: Transaction, *, older_than_s: float) -> int:
    """Announce long delays, once; return how many deliveries were checked.

    Args:
        tx: the transaction.
        older_than_s: seconds that a delivery may wait before its delay is announced.
    """
    delayed = await queries.read_delayed_deliveries(
        tx, older_than_s=older_than_s, limit=_DELAYS_AT_ONCE
    )
    await queries.lock_applications(tx, {delivery.application_id for delivery in delayed})
    await _announce_delays(tx, delayed)
    return len(delayed)


async def announce_blocked(tx: Transaction, blocked: Sequence[BlockedApplication]) -> None:
    """Announce submissions that the platform could not process, with itself as the cause.

    Of an application that was moved, the newest submission has the ministry that decides now.
    Where nothing names a ministry, only operators learn of it, by the alert of every dead letter.
    """
    events: list[Event] = []
    for application in blocked:
        ministry = rules.ministry_of(await read_newest_value(tx, application))
        if ministry is not None:
            events.append(
                rules.submission_blocked(
                    application.application_id,
                    ministry,
                    application.dead_letter_id,
                    application.trace,
                )
            )
    await outbox.add(tx, events)


async def resend(tx: Transaction, job_keys: Collection[str]) -> set[str]:
    """Deliver failed deliveries again, under the same keys and in order; return their keys."""
    delivery_ids = list(map(UUID, job_keys))
    await queries.lock_applications_of(tx, delivery_ids)
    reopened, due = await queries.requeue_deliveries(tx, delivery_ids)
    _notify_if(tx, due)
    return set(map(str, reopened))


async def settle(tx: Transaction, job_keys: Collection[str]) -> None:
    """Close deliveries that reached their ministry in another way; the next ones become due.

    Of one that had failed for good, the dead letter is settled, too.
    """
    delivery_ids = list(map(UUID, job_keys))
    await queries.lock_applications_of(tx, delivery_ids)
    had_failed, due = await queries.close_deliveries(tx, delivery_ids)
    await settle_jobs(tx, DELIVERIES.name, list(map(str, had_failed)), how=SETTLED_MANUALLY)
    _notify_if(tx, due)


async def show(tx: Transaction, job_key: str) -> dict[str, Any] | None:
    """Read all of a delivery, the citizen's form included; None where there is none."""
    return await queries.read_whole_delivery(tx, UUID(job_key))


async def read_states(tx: Transaction, job_keys: Collection[str]) -> dict[str, JobState]:
    """Read the outcome of deliveries: handed over, waiting, or failed again."""
    found = await queries.read_states(tx, list(map(UUID, job_keys)))
    return {str(delivery_id): _JOB_STATES[state] for delivery_id, state in found.items()}


def wake_runners(tx: Transaction) -> None:
    """Have due deliveries handed over after the commit, without waiting for the next poll."""
    tx.notify_on_commit(DELIVERIES.name)


def calls_of_this_process(tx: Transaction) -> list[DestinationCalls]:
    """Return the results of this process's calls to ministries' systems."""
    runner = tx.runner_of(DELIVERIES.name)
    return runner.calls() if runner else []


async def _apply(
    tx: Transaction,
    applications: Mapping[ApplicationKey, Application],
    ministry_responses: Sequence[MinistryResponse],
    withdrawn_at: Mapping[ApplicationKey, datetime] | None = None,
    delivery_ids_of: Mapping[ApplicationKey, Collection[UUID]] | None = None,
) -> Sequence[Refused | None]:
    """Apply responses, and close their deliveries, with any result of our own attempts."""
    if not ministry_responses:
        return []
    refused = {each.ministry for each in ministry_responses if each.decision.action == "refused"}
    if refused:
        days = await connections.read_appeal_days(tx, refused)
        ministry_responses = [
            replace(each, appeal_days=days.get(each.ministry)) for each in ministry_responses
        ]
    applied = responses.apply_all(
        applications, ministry_responses, withdrawn_at or {}, delivery_ids_of or {}
    )
    await queries.save_applications(tx, applied.changed)
    delivery_ids = {
        response.delivery_id
        for response, refusal in zip(ministry_responses, applied.refusals, strict=True)
        if refusal is None
    }
    had_failed, due = await queries.close_deliveries(tx, delivery_ids)
    if had_failed:
        await settle_jobs(tx, DELIVERIES.name, list(map(str, had_failed)), how="answered")
    _notify_if(tx, due)
    await outbox.add(tx, applied.events)
    return applied.refusals


def _of_its_stage(delivery: Delivery, decision: MinistryDecision) -> MinistryDecision:
    """Return an answer to a hand-over; one of another stage says only that it was received.

    A system that answers an objection with what it decided before has not decided on it.
    """
    of_appeal = delivery.kind == "appealed"
    says_nothing = decision.action in {"received", "paper_withdrawn"}
    if says_nothing or of_appeal == (decision.stage == "appeal"):
        return decision
    log.error("decision not used", ministry=delivery.ministry, why=f"of stage {decision.stage}")
    return decision.model_copy(update={"action": "received", "note": None, "paper": None})


def _without_contradictions(
    applications: Mapping[ApplicationKey, Application], answered: Sequence[MinistryResponse]
) -> list[MinistryResponse]:
    """Return answers to hand-overs; of one that is not taken, only that it was received.

    It contradicts a decision, or asks for a paper that cannot be made.
    """
    kept = []
    for response in answered:
        refusal = responses.contradiction(applications[response.key], response, None)
        if refusal is not None:
            log.error("decision not used", ministry=response.ministry, why=str(refusal))
            acknowledgement = response.decision.model_copy(
                update={"action": "received", "note": None, "paper": None}
            )
            kept.append(replace(response, decision=acknowledgement))
        else:
            kept.append(response)
    return kept


async def _announce_delays(tx: Transaction, delayed: Sequence[Delivery]) -> None:
    if not delayed:
        return
    marked = await queries.mark_delay_announced(tx, [delivery.delivery_id for delivery in delayed])
    events = [
        rules.ministry_unreachable(delivery)
        for delivery in delayed
        if delivery.delivery_id in marked
    ]
    await outbox.add(tx, [event for event in events if event is not None])


def _notify_if(tx: Transaction, due: int) -> None:
    if due:
        wake_runners(tx)


async def make_due_again(tx: Transaction, ministries: Collection[str]) -> int:
    """Make deliveries that wait for these ministries due now, in the order of their planning.

    Returns:
        How many deliveries had been put off.
    """
    put_off = await queries.make_due_again(tx, ministries)
    wake_runners(tx)
    return put_off


async def bring_forward(tx: Transaction, ministries: Collection[str], *, to_within_s: float) -> int:
    """Bring the next attempt of each of these ministries forward, to so many seconds from now."""
    return await queries.bring_forward(tx, ministries, to_within_s=to_within_s)


async def lock_deliveries_of(tx: Transaction, citizen_id: UUID) -> dict[UUID, UUID]:
    """Lock a citizen's deliveries, and return their ids, with applications.

    It waits for transactions that store submissions at this moment; later ones wait until the end
    of this one.
    """
    await queries.lock_all_applications(tx)
    deliveries = await queries.find_deliveries(tx, citizen_id)
    await queries.lock_applications(tx, set(deliveries.values()))
    return deliveries


async def keep_withdrawals(tx: Transaction, delivery_ids: Collection[UUID]) -> set[UUID]:
    """Keep withdrawals of locked applications that still wait, without their person.

    A withdrawal is kept if the ministry may have the application: it must not go on with it.

    Returns:
        Their ids.
    """
    return await queries.keep_withdrawals(tx, delivery_ids)


async def delete_content(
    tx: Transaction,
    delivery_ids: Collection[UUID],
    application_ids: Collection[UUID],
    withdrawals: Collection[UUID],
) -> dict[str, int]:
    """Delete forms and file numbers of locked applications; the withdrawals that stay become due.

    Returns:
        How many forms and file numbers were deleted.
    """
    deleted = await queries.delete_content(tx, delivery_ids, application_ids)
    await queries.make_withdrawals_due(tx, withdrawals)
    return deleted
