"""The notifications service: its settings, resources and capabilities."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

from libs.assembly import Resources, assemble, make_resources
from libs.component import Component
from libs.contracts import topics
from libs.contracts.topics import Topic
from libs.messaging import heldup
from libs.messaging.due import Worker
from libs.messaging.handle import Handler
from libs.messaging.retry import RetryPolicy
from libs.messaging.sweep import Sweep
from libs.messaging.work import Claim
from libs.operations.desk import Desk
from libs.operations.routes import Operations
from libs.service import Service
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from libs.web.keys import Keys
from services.notifications.codes import use_cases as codes
from services.notifications.codes.consumers import on_message_requests
from services.notifications.contacts.consumers import on_identity_events
from services.notifications.messages import use_cases as messages
from services.notifications.messages.consumers import on_application_events
from services.notifications.messages.rules import SMS, DueMessage
from services.notifications.public_services.consumers import on_catalogue_events
from services.notifications.sending import jobs
from services.notifications.sending import use_cases as sending
from services.notifications.sending.adapters.registry import providers
from services.notifications.sending.manual_actions import manual_actions
from services.notifications.sending.routes import Reports, report_routes
from services.notifications.settings import Settings

NAME: Final = "notifications"
HANDLERS: Final[Mapping[Topic, Handler]] = {
    topics.IDENTITY: on_identity_events,
    topics.CATALOGUE: on_catalogue_events,
    topics.APPLICATIONS: on_application_events,
    topics.MESSAGES: on_message_requests,
}

# The adapter's deadline shall end a call, so the job's own deadline is a little longer.
_GRACE_S = 1.0
# Nobody waits for a report, nor for the news that a message was sent: together they cost less.
_GATHER_S = 0.05


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Build the service; nothing is connected before it runs.

    Args:
        settings: its settings.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    database, tracing, metrics = resources.database, resources.tracing, resources.metrics
    reports = Reports(
        "delivery reports",
        database,
        partial(sending.record_reports, metrics=metrics),
        gather_s=_GATHER_S,
    )
    keys = Keys(settings.identity_url, tracing=tracing, metrics=metrics, needed=False)
    desk = Desk(NAME, database, HANDLERS, manual_actions(), tracing=tracing)
    own_routes = report_routes(
        reports, secrets={SMS: settings.sms_secret.get_secret_value()}, tracing=tracing
    )
    return assemble(
        resources,
        routes=[*own_routes, *Operations(desk, keys.checker).routes()],
        handlers=HANDLERS,
        parts=[
            reports,
            keys,
            *_send(
                messages.SEND_MESSAGES,
                messages.claim_messages,
                resources,
                settings,
                policy=jobs.message_retry_policy(settings),
                at_once=settings.sms_at_once,
            ),
            *_send(
                codes.SEND_CODES,
                codes.claim_codes,
                resources,
                settings,
                policy=jobs.code_retry_policy(settings),
                at_once=settings.codes_at_once,
            ),
            Sweep(
                "close expired codes",
                codes.close_expired_codes,
                database=database,
                every_s=settings.tidy_every_s,
            ),
            Sweep(
                "delete old messages",
                partial(sending.delete_old_messages, older_than_days=settings.keep_days),
                database=database,
                every_s=settings.tidy_every_s,
            ),
            Sweep(
                "announce blocked applications",
                partial(
                    heldup.tell_held_up, topic=topics.APPLICATIONS, tell=messages.announce_blocked
                ),
                database=database,
            ),
        ],
    )


def _send(
    job_type: str,
    claim: Claim[DueMessage],
    resources: Resources,
    settings: Settings,
    *,
    policy: RetryPolicy,
    at_once: int,
) -> list[Component]:
    """Return a job runner with connections of its own."""
    client = HttpClient(
        SMS, tracing=resources.tracing, metrics=resources.metrics, connections=2 * at_once
    )
    public_url = settings.public_url or f"http://{settings.host}:{settings.port}"
    runner = Worker(
        job_type,
        jobs.send_work(
            claim,
            providers(settings, client, public_url=public_url),
            lambda: datetime.now(UTC),
            per_request=settings.sms_per_request,
        ),
        database=resources.database,
        replica=settings.replica,
        tracing=resources.tracing,
        metrics=resources.metrics,
        policy=policy,
        deadline_s=settings.sms_deadline_s + _GRACE_S,
        concurrency_per_party=at_once,
        gather_s=_GATHER_S,
    )
    return [runner, client]
