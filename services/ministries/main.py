"""The ministries service: its settings, resources and capabilities."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from libs.assembly import Resources, assemble, make_resources
from libs.component import Component
from libs.contracts import topics
from libs.contracts.topics import Topic
from libs.database.group import GroupCommit
from libs.messaging import heldup
from libs.messaging.due import Worker
from libs.messaging.handle import Handler
from libs.messaging.sweep import Sweep
from libs.operations.desk import Desk
from libs.operations.routes import Operations
from libs.service import Service
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from libs.web.keys import Keys
from services.ministries.decisions import use_cases as decisions
from services.ministries.decisions.routes import decision_routes
from services.ministries.decisions.rules import Callback
from services.ministries.deliveries import jobs
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.adapters.registry import adapters
from services.ministries.deliveries.consumers import on_submissions
from services.ministries.deliveries.manual_actions import manual_actions
from services.ministries.public_services.consumers import on_catalogue_events
from services.ministries.settings import Settings

NAME: Final = "ministries"
HANDLERS: Final[Mapping[Topic, Handler]] = {
    topics.SUBMISSIONS: on_submissions,
    topics.CATALOGUE: on_catalogue_events,
}

_CONNECTIONS = 512
_REPLY_LIMIT_BYTES = 64 * 1024
# The adapter's deadline shall end a call, so the job's own deadline is a little longer.
_GRACE_S = 1.0
_DELETE_CALLS_EVERY_S = 60.0


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Build the service; nothing is connected before it runs.

    Args:
        settings: its settings.
        tracing: makes its spans, instead of one made from the settings.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    database = resources.database
    callbacks = GroupCommit[Callback, None](
        "decisions", database, partial(decisions.record_callbacks, tracing=resources.tracing)
    )
    keys = Keys(
        settings.identity_url, tracing=resources.tracing, metrics=resources.metrics, needed=False
    )
    desk = Desk(NAME, database, HANDLERS, manual_actions(), tracing=resources.tracing)
    own_routes = decision_routes(
        callbacks, master_secret=settings.ministry_secret.get_secret_value()
    )
    return assemble(
        resources,
        routes=[*own_routes, *Operations(desk, keys.checker).routes()],
        handlers=HANDLERS,
        parts=[
            callbacks,
            keys,
            *_deliver(resources, settings),
            Sweep(
                "announce delays",
                partial(deliveries.announce_delays, patience_s=settings.delay_patience_s),
                database=database,
            ),
            Sweep(
                "announce blocked submissions",
                partial(
                    heldup.tell_held_up,
                    topic=topics.SUBMISSIONS,
                    tell=deliveries.announce_blocked,
                ),
                database=database,
            ),
            Sweep(
                "delete old calls",
                partial(decisions.delete_old_calls, older_than_days=settings.keep_calls_days),
                database=database,
                every_s=_DELETE_CALLS_EVERY_S,
            ),
        ],
    )


def _deliver(resources: Resources, settings: Settings) -> list[Component]:
    client = HttpClient(
        NAME,
        tracing=resources.tracing,
        metrics=resources.metrics,
        connections=_CONNECTIONS,
        reply_limit_bytes=_REPLY_LIMIT_BYTES,
    )
    public_url = settings.public_url or f"http://{settings.host}:{settings.port}"
    runner = Worker(
        deliveries.DELIVER,
        jobs.deliver_work(adapters(settings, client, public_url=public_url)),
        database=resources.database,
        replica=settings.replica,
        tracing=resources.tracing,
        metrics=resources.metrics,
        policy=jobs.retry_policy(settings),
        deadline_s=settings.answer_deadline_s + _GRACE_S,
        concurrency_per_party=settings.calls_per_ministry,
    )
    return [runner, client]
