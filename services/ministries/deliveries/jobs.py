"""Jobs that hand due deliveries over to their ministries, with their retry policy."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias
from uuid import UUID

from libs.contracts.ministries import MinistryDecision
from libs.database.transaction import Transaction
from libs.dead_letters.rules import ManualActions
from libs.jobs import JobResult, JobType, RetryPolicy, one_per_call
from services.ministries.deliveries import use_cases
from services.ministries.deliveries.adapters.contract import Adapter
from services.ministries.deliveries.queries import DELIVERIES
from services.ministries.deliveries.rules import Delivery
from services.ministries.settings import Settings

_DAY_S = 24 * 3600.0

Record: TypeAlias = Callable[
    [Transaction, Sequence[JobResult[Delivery, MinistryDecision]]], Awaitable[Collection[UUID]]
]

MANUAL_ACTIONS: Final[Mapping[str, ManualActions]] = {
    DELIVERIES.name: ManualActions(use_cases.resend, use_cases.settle, use_cases.show)
}
"""What operators can do with deliveries that failed for good."""


def retry_policy(settings: Settings) -> RetryPolicy:
    """Make the policy: when a delivery is tried again, and when it has failed for good.

    A system that does not respond is called for weeks. A refusal fails the delivery at once.
    """
    return RetryPolicy(
        first_s=settings.retry_first_s,
        factor=settings.retry_factor,
        most_s=settings.retry_most_s,
        give_up_after_s=settings.give_up_after_days * _DAY_S,
        unreadable_tries=settings.unreadable_tries,
    )


def deliveries(
    adapter_of: Callable[[str], Adapter], record: Record = use_cases.record_results
) -> JobType[Delivery, MinistryDecision]:
    """Declare the job type; `adapter_of` returns the adapter that serves a ministry."""
    return JobType(
        queue=DELIVERIES,
        call=one_per_call(partial(deliver, adapter_of)),
        record=record,
        mark_failed=use_cases.mark_failed,
        destination_of=lambda delivery: delivery.ministry,
        ordered=True,
    )


async def deliver(adapter_of: Callable[[str], Adapter], delivery: Delivery) -> MinistryDecision:
    """Hand one submission over to its ministry, and return the ministry's response."""
    adapter = adapter_of(delivery.ministry)
    return await adapter.submit(delivery, delivery.idempotency_key)
