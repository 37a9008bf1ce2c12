"""Puts notifications together; nothing else makes resources."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from libs.assembly import Resources, assemble, make_resources
from libs.component import ComponentHealth
from libs.contracts import topics
from libs.messaging import heldup
from libs.messaging.due import Worker
from libs.messaging.retry import RetryPolicy
from libs.messaging.sweep import Sweep
from libs.messaging.work import Work
from libs.operations.desk import Desk
from libs.operations.routes import Operations
from libs.service import Service
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from libs.web.keys import Keys
from services.notifications import api, store
from services.notifications.adapters.sms_http import SmsHttp
from services.notifications.by_hand import by_hand
from services.notifications.consumers import HANDLERS
from services.notifications.domain.messages import PROVIDER, DueMessage
from services.notifications.settings import Settings
from services.notifications.worker import (
    Outcome,
    Provider,
    Tidying,
    send_codes,
    send_messages,
    tell_held_up,
)

NAME = "notifications"

_CODE_FIRST_RETRY_S = 0.5
_CODE_LONGEST_RETRY_S = 10.0
# Room for the answer's way back, so that it is the adapter's deadline that ends a call.
_GRACE_S = 1.0


class Plan(Protocol):
    """The work of one sender."""

    def __call__(
        self, provider: Provider, now: Callable[[], datetime], *, per_request: int
    ) -> Work[DueMessage, Outcome]:
        """Say what is sent, over which provider, and how many in one request."""


_GATHER_REPORTS_S = 0.05  # a provider is in no hurry
_GATHER_SENT_S = 0.05  # nor is the timeline for the news that a message was sent


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Make the service; nothing is connected before it runs.

    Args:
        settings: every knob.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    database = resources.database
    reports = api.Reports(
        "delivery reports",
        database,
        partial(api.record_reports, metrics=resources.metrics),
        gather_s=_GATHER_REPORTS_S,
    )
    messages = Sender(
        store.SEND_MESSAGES,
        send_messages,
        resources,
        settings,
        policy=policy_for_messages(settings),
        at_once=settings.sms_at_once,
    )
    codes = Sender(
        store.SEND_CODES,
        send_codes,
        resources,
        settings,
        policy=policy_for_codes(settings),
        at_once=settings.codes_at_once,
    )
    tidying = Tidying(database, keep_days=settings.keep_days, every_s=settings.tidy_every_s)
    held_up = Sweep(
        "tell held up",
        partial(heldup.tell_held_up, topic=topics.APPLICATIONS, tell=tell_held_up),
        database=database,
    )
    keys = Keys(
        settings.identity_url, tracing=resources.tracing, metrics=resources.metrics, needed=False
    )
    desk = Desk(NAME, database, HANDLERS, by_hand(), tracing=resources.tracing)
    own_routes = api.routes(
        reports,
        secret=settings.sms_secret.get_secret_value(),
        now=_now,
        tracing=resources.tracing,
    )
    return assemble(
        resources,
        routes=[*own_routes, *Operations(desk, keys.checker).routes()],
        handlers=HANDLERS,
        parts=[reports, messages, codes, tidying, keys, held_up],
    )


def policy_for_messages(settings: Settings) -> RetryPolicy:
    """When messages about applications are tried again, and when they fail for good."""
    return RetryPolicy(
        first_s=settings.first_retry_s,
        most_s=settings.longest_retry_s,
        give_up_after_s=settings.give_up_after_s,
        nonsense_tries=_tries_within(settings.give_up_after_s, settings.longest_retry_s),
    )


def policy_for_codes(settings: Settings) -> RetryPolicy:
    """When codes are tried again: until they expire, which the claim sees to."""
    return RetryPolicy(
        first_s=_CODE_FIRST_RETRY_S,
        most_s=_CODE_LONGEST_RETRY_S,
        nonsense_tries=_tries_within(settings.give_up_after_s, _CODE_LONGEST_RETRY_S),
    )


class Sender:
    """A worker with connections of its own to the provider, closed when it has drained."""

    def __init__(
        self,
        name: str,
        plan: Plan,
        resources: Resources,
        settings: Settings,
        *,
        policy: RetryPolicy,
        at_once: int,
    ) -> None:
        self.name = name
        self._client = HttpClient(
            PROVIDER,
            tracing=resources.tracing,
            metrics=resources.metrics,
            connections=2 * at_once,
        )
        provider = SmsHttp(
            self._client,
            url=settings.sms_url,
            report_url=f"{_own_url(settings)}/v1/reports/sms",
            deadline_s=settings.sms_deadline_s,
        )
        self._worker = Worker(
            name,
            plan(provider, _now, per_request=settings.sms_per_request),
            database=resources.database,
            replica=settings.replica,
            tracing=resources.tracing,
            metrics=resources.metrics,
            policy=policy,
            deadline_s=settings.sms_deadline_s + _GRACE_S,
            concurrency_per_party=at_once,
            gather_s=_GATHER_SENT_S,
        )

    def health(self) -> ComponentHealth:
        """How the worker is."""
        return self._worker.health()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set and what is in hand is recorded."""
        async with self._client:
            await self._worker.run(stop)


def _tries_within(age_s: float, pause_s: float) -> int:
    """How many tries fit into an age, with some for the short pauses at the beginning.

    A provider that answers nonsense is asked as long as one that is away: a maintenance page in
    HTML is both.
    """
    return 10 + int(age_s / pause_s)


def _own_url(settings: Settings) -> str:
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _now() -> datetime:
    return datetime.now(UTC)
