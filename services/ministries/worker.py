"""Handing over: due deliveries go to their ministries, and what these say is told."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from libs.contracts.ministries import MinistryDecision
from libs.contracts.topics import SUBMISSIONS
from libs.database.transaction import Transaction
from libs.messaging import outbox
from libs.messaging.failedrow import settle_rows
from libs.messaging.heldup import HeldUp
from libs.messaging.work import Done, Work, one_by_one
from services.ministries import domain
from services.ministries.adapters.adapter import Adapter
from services.ministries.domain import Answer, Case, Delivery
from services.ministries.store import cases, deliveries, due
from services.ministries.store.deliveries import DUE
from services.ministries.store.due import Retry

_SWEPT_AT_ONCE = 500


def hand_over_work(adapter_of: Callable[[str], Adapter]) -> Work[Delivery, MinistryDecision]:
    """What the worker does with due deliveries.

    Args:
        adapter_of: the adapter that serves a ministry.
    """

    async def submit(delivery: Delivery) -> MinistryDecision:
        adapter = adapter_of(delivery.ministry)
        return await adapter.submit(delivery, delivery.idempotency_key)

    return Work(
        claim=due.claim_due,
        release=due.release_claims,
        act=one_by_one(submit),
        record=record_outcomes,
        set_aside=set_aside,
        party_of=lambda delivery: delivery.ministry,
        ordered=True,
    )


async def record_outcomes(
    tx: Transaction, done: Sequence[Done[Delivery, MinistryDecision]]
) -> set[UUID]:
    """Note what came of tries; what failed for good is told like a long silence, and returned."""
    held = await cases.lock_cases(tx, {each.row.application_id for each in done})
    await _note(
        tx,
        held,
        [
            Answer(each.row.delivery_id, each.row.kind, each.outcome, each.trace)
            for each in done
            if each.outcome is not None
        ],
    )
    failed = [each for each in done if each.failure is not None]
    ended = await due.save_retries(
        tx,
        [
            Retry(each.row.delivery_id, str(each.failure), each.next_due_s, each.counts)
            for each in failed
        ],
    )
    await _tell_delay(tx, [each.row for each in failed if each.row.delivery_id in ended])
    return ended


async def set_aside(tx: Transaction, rows: Sequence[Delivery]) -> None:
    """Close deliveries as failed, and nothing besides."""
    await due.save_retries(tx, [Retry(each.delivery_id, "unrecorded", None) for each in rows])


async def record_answers(tx: Transaction, answers: Sequence[Answer]) -> None:
    """Note what ministries said, and tell each fact once, in the order of each application."""
    if not answers:
        return
    held = await cases.lock_cases(tx, {answer.decision.application_id for answer in answers})
    await _note(tx, held, answers)


async def tell_delays(tx: Transaction, *, patience_s: float) -> int:
    """Tell of deliveries that wait for long, once each; return how many were looked at.

    Args:
        tx: the transaction.
        patience_s: how long a delivery may wait before its citizen is told, in seconds.
    """
    delayed = await due.read_delayed(tx, patience_s=patience_s, limit=_SWEPT_AT_ONCE)
    await cases.lock_cases(tx, {delivery.application_id for delivery in delayed})
    await _tell_delay(tx, delayed)
    return len(delayed)


async def tell_held_up(tx: Transaction, held: Sequence[HeldUp]) -> None:
    """Tell of submissions that we could not take in; applications tells each citizen once."""
    told = [
        domain.held_up(
            each.application_id, SUBMISSIONS.ministry_of(each.topic), each.dead_letter_id
        ).in_trace(each.trace)
        for each in held
    ]
    await outbox.add(tx, told)


async def _note(tx: Transaction, held: Mapping[UUID, Case], answers: Sequence[Answer]) -> None:
    """Whoever decides has the submission: its delivery is closed, whatever became of our try."""
    if not answers:
        return
    changed, told = domain.hear_all(held, answers)
    await cases.save_cases(tx, changed)
    had_failed = await deliveries.close_deliveries(tx, {each.delivery_id for each in answers})
    if had_failed:
        await settle_rows(tx, DUE, [str(each) for each in had_failed], how="answered")
    await deliveries.wake_next(tx, {answer.decision.application_id for answer in answers})
    await outbox.add(tx, told)


async def _tell_delay(tx: Transaction, delayed: Sequence[Delivery]) -> None:
    if not delayed:
        return
    news = await due.mark_delay_told(tx, [delivery.delivery_id for delivery in delayed])
    told = [
        event
        for delivery in delayed
        if delivery.delivery_id in news
        for event in domain.unreachable(delivery)
    ]
    await outbox.add(tx, told)
