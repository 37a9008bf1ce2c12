"""Sending of messages by providers, and their delivery reports."""

from collections.abc import Callable
from functools import partial

from libs.component import Component
from libs.jobs import JobQueue, JobRunner, RetryPolicy
from libs.service import Capability, Resources
from libs.web.calling.client import HttpClient
from services.notifications.codes.use_cases import SEND_CODES
from services.notifications.messages.rules import SMS, DueMessage
from services.notifications.messages.use_cases import SEND_MESSAGES
from services.notifications.notices.use_cases import SEND_NOTICES
from services.notifications.sending import jobs, routes, use_cases
from services.notifications.sending.adapters.sms_http import SmsHttp
from services.notifications.settings import Settings

# The adapter's deadline should end a call, so the job's own deadline is a little longer.
_GRACE_S = 1.0
# One request at a time: ten thousand notices are not in front of a code at the provider either.
_CALLS_OF_NOTICES = 1
# Reports and results are not urgent, and cost less when they are recorded together.
_GATHER_S = 0.05


def capability(resources: Resources, settings: Settings) -> Capability:
    """Make the capability: the job runners and the routes of delivery reports."""
    reports = routes.Reports(
        "delivery reports",
        resources.database,
        partial(use_cases.record_reports, metrics=resources.metrics),
        gather_s=_GATHER_S,
    )
    delete = partial(use_cases.delete_old_messages, older_than_days=settings.keep_days)
    runner = partial(_runner, resources, settings)
    return Capability(
        "sending",
        routes=routes.routes,
        provides=[reports, routes.Signatures({SMS: settings.sms_secret})],
        components=[
            reports,
            *runner(SEND_MESSAGES, jobs.message_retry_policy(settings), calls=settings.sms_at_once),
            *runner(
                SEND_CODES,
                jobs.code_retry_policy(settings),
                calls=settings.codes_at_once,
                handed_over=resources.metrics.histogram("code_handed_over_s").observe,
            ),
            *runner(SEND_NOTICES, jobs.notice_retry_policy(settings), calls=_CALLS_OF_NOTICES),
            resources.deletion("delete old messages", delete, every_s=settings.tidy_every_s),
        ],
        manual_actions=jobs.MANUAL_ACTIONS,
    )


def _runner(
    resources: Resources,
    settings: Settings,
    queue: JobQueue[DueMessage],
    policy: RetryPolicy,
    *,
    calls: int,
    handed_over: Callable[[float], object] = bool,
) -> list[Component]:
    """Make a job runner with connections of its own; each channel has its provider."""
    client = HttpClient(
        SMS, tracing=resources.tracing, metrics=resources.metrics, connections=2 * calls
    )
    public_url = settings.public_url or f"http://{settings.host}:{settings.port}"
    sms = SmsHttp(
        client,
        url=settings.sms_url,
        report_url=f"{public_url}/v1/reports/{SMS}",
        deadline_s=settings.sms_deadline_s,
    )
    runner = JobRunner(
        jobs.send_jobs(
            queue, {SMS: sms}, jobs_per_call=settings.sms_per_request, handed_over=handed_over
        ),
        database=resources.database,
        replica=settings.replica,
        tracing=resources.tracing,
        metrics=resources.metrics,
        policy=policy,
        deadline_s=settings.sms_deadline_s + _GRACE_S,
        calls_per_destination=calls,
        gather_s=_GATHER_S,
        destinations=(SMS,),
    )
    return [runner, client]
