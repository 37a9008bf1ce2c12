"""Puts notifications together; nothing else makes resources."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from starlette.routing import Route

from libs.database.pool import Database
from libs.messaging.broker import Broker
from libs.messaging.consume import Consumer
from libs.messaging.due import Work, Worker
from libs.messaging.relay import Relay
from libs.messaging.retry import RetryPolicy
from libs.part import Part, PartHealth
from libs.service import Service, health_of
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app
from libs.web.client import HttpClient
from services.notifications import api, store
from services.notifications.adapters.sms_http import SmsHttp
from services.notifications.consumers import HANDLERS
from services.notifications.domain.messages import DueMessage
from services.notifications.settings import Settings
from services.notifications.worker import Outcome, Provider, Tidying, send_codes, send_messages

NAME = "notifications"

_CODE_FIRST_RETRY_S = 0.5
_CODE_LONGEST_RETRY_S = 10.0

Planned = Callable[[Provider, Callable[[], datetime]], Work[DueMessage, Outcome]]


@dataclass(frozen=True, slots=True)
class _Means:
    """What the parts of the service share."""

    settings: Settings
    database: Database
    tracing: Tracing
    metrics: Metrics


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Build the service.

    Args:
        settings: its knobs.
        tracing: makes its spans instead of its own.
    """
    tracing = tracing or Tracing(
        NAME, endpoint=settings.otlp_endpoint, sample_share=settings.trace_share
    )
    database = Database(settings.dsn, size=settings.pool_size)
    means = _Means(settings, database, tracing, Metrics(NAME))
    broker = Broker(NAME, settings)
    reports = api.Reports("delivery reports", database, api.record_reports)
    relay = Relay(broker=broker, database=database, tracing=tracing, metrics=means.metrics)
    parts: list[Part] = [reports, *_consumers(means, broker), *_senders(means), _tidying(means)]
    return Service(
        NAME,
        settings,
        app=make_app(
            _routes(means, reports),
            service=NAME,
            tracing=tracing,
            metrics=means.metrics,
            health=partial(health_of, [*parts, relay], database),
        ),
        parts=parts,
        relay=relay,
        database=database,
        tracing=tracing,
    )


def _routes(means: _Means, reports: api.Reports) -> list[Route]:
    return api.routes(
        reports,
        secret=means.settings.sms_secret.get_secret_value(),
        now=_now,
        tracing=means.tracing,
    )


def _consumers(means: _Means, broker: Broker) -> list[Part]:
    return [
        Consumer(
            topic,
            handler,
            broker=broker,
            database=means.database,
            tracing=means.tracing,
            metrics=means.metrics,
        )
        for topic, handler in HANDLERS.items()
    ]


def _senders(means: _Means) -> list[Part]:
    settings = means.settings
    tries = _tries_until(settings.give_up_after_s, settings.longest_retry_s)
    about_applications = RetryPolicy(
        first_s=settings.first_retry_s,
        most_s=settings.longest_retry_s,
        give_up_after_s=settings.give_up_after_s,
        nonsense_tries=tries,
    )
    # A code is tried until it expires: close_expired_codes ends it, not the policy.
    codes = RetryPolicy(
        first_s=_CODE_FIRST_RETRY_S, most_s=_CODE_LONGEST_RETRY_S, nonsense_tries=tries
    )
    return [
        _Sender(
            store.SEND_MESSAGES, send_messages, means, about_applications, settings.sms_at_once
        ),
        _Sender(store.SEND_CODES, send_codes, means, codes, settings.codes_at_once),
    ]


class _Sender:
    """A worker with connections of its own to the provider, closed when it has drained."""

    def __init__(
        self, name: str, planned: Planned, means: _Means, policy: RetryPolicy, at_once: int
    ) -> None:
        self.name = name
        settings = means.settings
        self._client = HttpClient(
            store.PARTY, tracing=means.tracing, metrics=means.metrics, connections=2 * at_once
        )
        provider = SmsHttp(
            self._client,
            url=settings.sms_url,
            report_url=f"{_own_url(settings)}/v1/reports/sms",
            deadline_s=settings.sms_deadline_s,
        )
        self._worker = Worker(
            name,
            planned(provider, _now),
            database=means.database,
            replica=settings.replica,
            tracing=means.tracing,
            metrics=means.metrics,
            policy=policy,
            deadline_s=settings.sms_deadline_s + 1.0,
            concurrency_per_party=at_once,
        )

    def health(self) -> PartHealth:
        return self._worker.health()

    async def run(self, stop: asyncio.Event) -> None:
        async with self._client:
            await self._worker.run(stop)


def _tidying(means: _Means) -> Tidying:
    settings = means.settings
    return Tidying(means.database, keep_days=settings.keep_days, every_s=settings.tidy_every_s)


def _tries_until(age_s: float, pause_s: float) -> int:
    """How many tries fit into an age, with some for the short pauses at the beginning.

    A provider that answers nonsense is asked as long as one that is away: a maintenance page in
    HTML is both.
    """
    return 10 + int(age_s / pause_s)


def _own_url(settings: Settings) -> str:
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _now() -> datetime:
    return datetime.now(UTC)
