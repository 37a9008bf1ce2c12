"""The job that asks a ministry for its decisions."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from libs.contracts.ministries import MinistryDecision
from libs.errors import Refused, Unavailable
from libs.jobs import JobType, RetryPolicy, one_per_call
from libs.telemetry.tracing import Tracing
from services.ministries.deliveries.adapters.contract import Adapter, PolledAdapter
from services.ministries.inquiries import use_cases
from services.ministries.inquiries.rules import Question

POLICY: Final = RetryPolicy(first_s=5.0, most_s=3600.0, give_up_after_s=float("inf"))
"""A question is repeated for ever, with pauses of up to an hour."""


def questions(
    adapter_of: Callable[[str], Adapter],
    tracing: Tracing,
    count_not_used: Callable[[str], None],
) -> JobType[Question, Sequence[MinistryDecision]]:
    """Declare the job type.

    Args:
        adapter_of: returns the adapter that serves a ministry.
        tracing: of the answers that are recorded.
        count_not_used: counts an answer that cannot be used, by its ministry.
    """
    return JobType(
        queue=use_cases.QUESTIONS,
        call=one_per_call(partial(ask, adapter_of)),
        record=partial(use_cases.record_answers, tracing=tracing, count_not_used=count_not_used),
        mark_failed=use_cases.mark_failed,
        destination_of=lambda question: question.ministry,
    )


async def ask(
    adapter_of: Callable[[str], Adapter], question: Question
) -> Sequence[MinistryDecision]:
    """Ask a ministry about the state of its applications.

    Raises:
        Unavailable: also when it is asked no more, or refuses the question.
    """
    adapter = adapter_of(question.ministry)
    if not isinstance(adapter, PolledAdapter):
        raise Unavailable(question.ministry, "is not asked")
    try:
        return await adapter.ask(question.inquiries)
    except Refused as refusal:
        raise Unavailable(question.ministry, refusal.detail) from None
