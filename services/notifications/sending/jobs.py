"""Due messages go to their providers; the retry policies say when, and for how long.

Two job types send: messages about applications, and one-time codes. They have claims, calls and
connections of their own, so a backlog or a slow provider delays no code.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from libs.contracts.notifications import Channel
from libs.messaging.retry import RetryPolicy
from libs.messaging.work import Asked, Claim, Work
from services.notifications.messages.rules import DueMessage
from services.notifications.sending import queries, use_cases
from services.notifications.sending.adapters.provider import Provider
from services.notifications.sending.rules import Outcome
from services.notifications.settings import Settings

_CODE_FIRST_RETRY_S = 0.5
_CODE_LONGEST_RETRY_S = 10.0


def message_retry_policy(settings: Settings) -> RetryPolicy:
    """Return when messages about applications are tried again, and when they fail for good."""
    return RetryPolicy(
        first_s=settings.first_retry_s,
        most_s=settings.longest_retry_s,
        give_up_after_s=settings.give_up_after_s,
        nonsense_tries=_tries_within(settings.give_up_after_s, settings.longest_retry_s),
    )


def code_retry_policy(settings: Settings) -> RetryPolicy:
    """Return when codes are tried again: until they expire, since then they are not claimed."""
    return RetryPolicy(
        first_s=_CODE_FIRST_RETRY_S,
        most_s=_CODE_LONGEST_RETRY_S,
        nonsense_tries=_tries_within(settings.give_up_after_s, _CODE_LONGEST_RETRY_S),
    )


def send_work(
    claim: Claim[DueMessage],
    providers: Mapping[Channel, Provider],
    clock: Callable[[], datetime],
    *,
    per_request: int = 1,
) -> Work[DueMessage, Outcome]:
    """Declare a job of sending.

    Args:
        claim: claims due messages.
        providers: the provider of every channel.
        clock: returns the time now.
        per_request: most messages in one request to a provider.
    """
    return Work(
        claim=claim,
        release=queries.release_claims,
        act=partial(send, providers, clock),
        record=use_cases.record_results,
        set_aside=use_cases.set_aside,
        party_of=lambda message: message.channel,
        rows_per_call=per_request,
    )


async def send(
    providers: Mapping[Channel, Provider],
    clock: Callable[[], datetime],
    attempts: Sequence[Asked[DueMessage]],
) -> list[Outcome | Exception]:
    """Send messages of one channel in one request; codes that have expired by now are left out."""
    now = clock()
    valid = [attempt for attempt in attempts if not attempt.row.is_expired(now)]
    failures = await providers[valid[0].row.channel].send(valid) if valid else ()
    sent: dict[UUID, Outcome | Exception] = {
        attempt.row.message_id: failure or "sent"
        for attempt, failure in zip(valid, failures, strict=True)
    }
    return [sent.get(attempt.row.message_id, "expired") for attempt in attempts]


def _tries_within(age_s: float, pause_s: float) -> int:
    """Return how many attempts fit into an age, with some for the short pauses at the beginning.

    A provider whose answers are unreadable is called for as long as one that does not answer: a
    maintenance page in HTML is both.
    """
    return 10 + int(age_s / pause_s)
