"""Jobs that send due messages to their providers, with their retry policies.

Messages about applications, one-time codes and notices are three job types. They have claims, calls
and connections of their own, so a backlog or a slow provider delays no code.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from libs.clock import Clock
from libs.contracts.notifications import Channel
from libs.dead_letters.rules import ManualActions
from libs.jobs import Attempt, JobQueue, JobType, RetryPolicy
from services.notifications.codes.use_cases import SEND_CODES
from services.notifications.messages.rules import DueMessage
from services.notifications.messages.use_cases import SEND_MESSAGES
from services.notifications.sending import use_cases
from services.notifications.sending.adapters.provider import Provider
from services.notifications.sending.rules import Outcome
from services.notifications.settings import Settings

_CODE_FIRST_RETRY_S = 0.5
_CODE_LONGEST_RETRY_S = 10.0


MANUAL_ACTIONS: Final[Mapping[str, ManualActions]] = {
    SEND_MESSAGES.name: ManualActions(
        use_cases.resend_messages, use_cases.leave_failed, use_cases.show
    ),
    SEND_CODES.name: ManualActions(use_cases.resend_codes, use_cases.leave_failed, use_cases.show),
}
"""The manual actions of operators on messages that failed for good, by job type."""


def message_retry_policy(settings: Settings) -> RetryPolicy:
    """Make the policy of messages: when they are tried again, and when they fail for good."""
    return RetryPolicy(
        first_s=settings.first_retry_s,
        most_s=settings.longest_retry_s,
        give_up_after_s=settings.give_up_after_s,
        unreadable_tries=_tries_within(settings.give_up_after_s, settings.longest_retry_s),
    )


def code_retry_policy(settings: Settings) -> RetryPolicy:
    """Make the policy of codes: they are tried until they expire, and not claimed afterwards.

    Whoever asks for codes for numbers that do not exist must not hold the codes of others.
    """
    return RetryPolicy(
        first_s=_CODE_FIRST_RETRY_S,
        most_s=_CODE_LONGEST_RETRY_S,
        unreadable_tries=_tries_within(settings.give_up_after_s, _CODE_LONGEST_RETRY_S),
        refusals_in_row=None,
    )


def notice_retry_policy(settings: Settings) -> RetryPolicy:
    """Make the policy of notices: they are tried until they expire, and are then closed."""
    return replace(message_retry_policy(settings), give_up_after_s=math.inf)


def send_jobs(
    queue: JobQueue[DueMessage],
    providers: Mapping[Channel, Provider],
    *,
    jobs_per_call: int = 1,
    handed_over: Callable[[float], object] = bool,
) -> JobType[DueMessage, Outcome]:
    """Declare the job type that sends messages of a queue to the providers of their channels.

    Args:
        queue: the queue.
        providers: the provider of each channel.
        jobs_per_call: maximum number of messages in one request.
        handed_over: is called with the age in seconds of each message that a provider took.
    """
    return JobType(
        queue=queue,
        call=partial(send, providers, Clock(), handed_over=handed_over),
        record=use_cases.record_results,
        mark_failed=use_cases.mark_failed,
        destination_of=lambda message: message.channel,
        jobs_per_call=jobs_per_call,
    )


async def send(
    providers: Mapping[Channel, Provider],
    clock: Clock,
    attempts: Sequence[Attempt[DueMessage]],
    *,
    handed_over: Callable[[float], object] = bool,
) -> list[Outcome | Exception]:
    """Send messages of one channel in one request, without expired codes and damaged rows."""
    now = clock.now()
    sent: dict[UUID, Outcome | Exception] = {
        attempt.job.message_id: attempt.job.unopened or "expired"
        for attempt in attempts
        if attempt.job.unopened or attempt.job.is_expired(now)
    }
    valid = [attempt for attempt in attempts if attempt.job.message_id not in sent]
    failures = await providers[valid[0].job.channel].send(valid) if valid else ()
    taken_at = clock.now()
    for attempt, failure in zip(valid, failures, strict=True):
        sent[attempt.job.message_id] = failure or "sent"
        if failure is None:
            handed_over((taken_at - attempt.job.created_at).total_seconds())
    return [sent[attempt.job.message_id] for attempt in attempts]


def _tries_within(age_s: float, pause_s: float) -> int:
    """Return how many attempts fit into an age, with ten for the short pauses at the beginning.

    A provider with unreadable responses is called for as long as one that does not respond: a
    maintenance page in HTML is an outage, too.
    """
    return 10 + int(age_s / pause_s)
