"""Inquiries opened, asked and answered."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from libs.contracts.ministries import MinistryDecision
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.jobs import JobQueue, JobResult, Lease
from libs.telemetry.tracing import Tracing
from services.ministries.connections.rules import Connection
from services.ministries.decisions import use_cases as decisions
from services.ministries.decisions.rules import Callback
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.use_cases import DeliveryResults
from services.ministries.deliveries.values import Inquiry
from services.ministries.inquiries import queries, rules
from services.ministries.inquiries.rules import Question


async def follow_deliveries(
    tx: Transaction, results: DeliveryResults, *, polled: Callable[[], Collection[str]]
) -> None:
    """Open inquiries about received applications, and close those about decided ones.

    A withdrawn application is asked about once more: a decision that the ministry made before it
    read the withdrawal stands.

    Args:
        tx: the transaction.
        results: of deliveries, which are recorded.
        polled: returns the ministries that have to be asked.
    """
    for ministry in {result.job.ministry for result in results}.intersection(polled()):
        taken = [
            (result.job, not is_decision(result.outcome, of_appeal=result.job.kind == "appealed"))
            for result in results
            if result.job.ministry == ministry and result.outcome is not None
        ]
        open_now = [
            Inquiry(job.application_id, job.tracking_number, job.created_at)
            for job, is_open in taken
            if is_open and job.kind != "withdrawn"
        ]
        withdrawn = [
            job.application_id for job, is_open in taken if is_open and job.kind == "withdrawn"
        ]
        decided = [job.application_id for job, is_open in taken if not is_open]
        await queries.insert_inquiries(tx, ministry, open_now)
        await queries.save_withdrawn(tx, ministry, withdrawn)
        await queries.delete_inquiries(tx, decided, ministry)


async def set_ministries(tx: Transaction, connections: Mapping[str, Connection]) -> int:
    """Ask the ministries with these connections, each at its own rate."""
    await queries.save_questions(
        tx,
        [
            (ministry, connection.read_every_s, connection.read_at_once)
            for ministry, connection in connections.items()
        ],
    )
    return 0


async def claim(tx: Transaction, lease: Lease) -> list[Question]:
    """Claim due questions, with the inquiries whose turn it is."""
    claimed = await queries.claim_questions(tx, lease)
    if not claimed:
        return []
    found = await queries.read_inquiries(tx, [question.ministry for question in claimed])
    return [
        replace(
            question,
            inquiries=[inquiry for ministry, inquiry in found if ministry == question.ministry],
        )
        for question in claimed
    ]


QUESTIONS: Final = JobQueue(
    "ask",
    claim=claim,
    release=queries.release_questions,
    oldest_due_age_s=queries.read_oldest_due_age_s,
)
"""The queue of questions: one row for each ministry that is asked for its decisions."""


async def record_answers(
    tx: Transaction,
    results: Sequence[JobResult[Question, Sequence[MinistryDecision]]],
    *,
    tracing: Tracing,
    count_not_used: Callable[[str], None],
) -> set[str]:
    """Record ministries' answers like callbacks; no question fails for good.

    What is not taken for its paper, or is of another stage, counts as no answer: it is asked about
    again, and an alert follows.

    Args:
        tx: the transaction.
        results: the answers, or failures, to questions.
        tracing: links an officer's trace to the citizen's.
        count_not_used: counts an answer of another stage, by its ministry.
    """
    await queries.save_failures(tx, [result for result in results if result.failure is not None])
    for result in results:
        if result.outcome is None:
            continue
        question = result.job
        usable = rules.usable(question.inquiries, result.outcome)
        answered_ids = [decision.application_id for decision in usable]
        found = [decision for decision in usable if decision.action != "received"]
        callbacks = [
            Callback(question.ministry, f"asked-{new_id()}", decision, result.trace)
            for decision in found
        ]
        # After a withdrawal it is asked once, in case an answer before was lost: that stands.
        taken = await decisions.record_callbacks(
            tx, callbacks, tracing=tracing, late_ones_stand=True
        )
        open_again = [
            decision.application_id
            for decision, failure in zip(found, taken, strict=True)
            if isinstance(failure, Refused) and failure.code.startswith("paper_")
        ]
        appealed = await _find_appealed(tx, question.ministry, found)
        decided = []
        for each in found:
            if is_decision(each, of_appeal=each.application_id in appealed):
                decided.append(each.application_id)
            elif each.action != "paper_withdrawn":
                open_again.append(each.application_id)
                count_not_used(question.ministry)
        decided = [each for each in decided if each not in open_again]
        answered_ids = [each for each in answered_ids if each not in open_again]
        await queries.delete_inquiries(tx, decided, question.ministry)
        await queries.delete_withdrawn(tx, question, answered_ids)
        await queries.save_asked(tx, question, answered_ids)
    return set()


async def _find_appealed(
    tx: Transaction, ministry: str, answers: Sequence[MinistryDecision]
) -> set[UUID]:
    """Return those applications whose citizens have objected to a refusal of this ministry."""
    if not answers:
        return set()
    appeals = await deliveries.read_appeals(tx, [answer.application_id for answer in answers])
    return {application_id for application_id, of in appeals if of == ministry}


def is_decision(answer: MinistryDecision, *, of_appeal: bool) -> bool:
    """Whether nothing is to be asked after an answer; after an objection only that about it.

    What says that it is about an objection, where there is none, is not used, and decides nothing.
    """
    return answer.action != "received" and (answer.stage == "appeal") == of_appeal


async def read_unanswered(tx: Transaction) -> dict[str, float]:
    """Read for how many seconds ministries have said nothing about an open application."""
    return await queries.read_unanswered(tx)


async def mark_failed(tx: Transaction, questions: Sequence[Question]) -> None:
    """Ask again later."""
    unrecorded = RuntimeError("unrecorded")
    await queries.save_failures(
        tx,
        [
            JobResult(question, None, unrecorded, None, counts=True, trace=None)
            for question in questions
        ],
    )
