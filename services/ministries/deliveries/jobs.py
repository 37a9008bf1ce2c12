"""Jobs that hand due deliveries over to their ministries, with their retry policy."""

from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import Final

from libs.contracts.ministries import MinistryDecision
from libs.dead_letters.rules import ManualActions
from libs.errors import Refused
from libs.jobs import JobType, RetryPolicy, one_per_call
from services.ministries.deliveries import use_cases
from services.ministries.deliveries.adapters.contract import Adapter, CanConfirm
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.use_cases import FollowUp
from services.ministries.settings import Settings

MANUAL_ACTIONS: Final[Mapping[str, ManualActions]] = {
    use_cases.DELIVERIES.name: ManualActions(
        use_cases.resend, use_cases.settle, use_cases.show, use_cases.read_states
    )
}
"""The manual actions of operators on deliveries that failed for good."""


def retry_policy(settings: Settings) -> RetryPolicy:
    """Make the policy: when a delivery is tried again, and when it has failed for good.

    A system that does not respond is called for ever: to give up is a person's decision. A refusal
    fails the delivery at once.
    """
    return RetryPolicy(
        first_s=settings.retry_first_s,
        factor=settings.retry_factor,
        most_s=settings.retry_most_s,
        give_up_after_s=inf,
        unreadable_tries=settings.unreadable_tries,
    )


def deliveries(
    adapter_of: Callable[[str], Adapter], follow_up: FollowUp | None = None
) -> JobType[Delivery, MinistryDecision]:
    """Declare the job type.

    Args:
        adapter_of: returns the adapter that serves a ministry.
        follow_up: as of `record_results`.
    """
    return JobType(
        queue=use_cases.DELIVERIES,
        call=one_per_call(partial(deliver, adapter_of)),
        record=partial(use_cases.record_results, follow_up=follow_up),
        mark_failed=use_cases.mark_failed,
        destination_of=lambda delivery: delivery.ministry,
        ordered=True,
    )


async def deliver(adapter_of: Callable[[str], Adapter], delivery: Delivery) -> MinistryDecision:
    """Hand one submission over to its ministry, and return the ministry's response.

    After a lost answer the ministry may have the submission. It is asked first where its system can
    be; otherwise the same submission is sent again under the same key, so that it is recognised.

    Raises:
        Unopened: its form cannot be decrypted; nothing is sent.
        Refused: it is an objection, and the adapter that the ministry has now cannot hand it over.
    """
    if delivery.unopened is not None:
        raise delivery.unopened
    adapter, key = adapter_of(delivery.ministry), delivery.idempotency_key
    if delivery.kind == "appealed" and adapter.link.connection.appeal_days is None:
        raise Refused("appeal_not_possible", "its connection takes no objections any more")
    if delivery.unconfirmed_at is not None and isinstance(adapter, CanConfirm):
        response = await adapter.confirm(delivery, key)
        if response is not None:
            return response
    return await adapter.submit(delivery, key)
