"""Puts ministries together; nothing else makes resources."""

from functools import partial

from libs.assembly import Resources, assemble, make_resources
from libs.component import Component
from libs.contracts import topics
from libs.messaging import heldup
from libs.messaging.due import Worker
from libs.messaging.retry import RetryPolicy
from libs.messaging.sweep import Sweep
from libs.operations.desk import Desk
from libs.operations.routes import Operations
from libs.service import Service
from libs.telemetry.tracing import Tracing
from libs.web.client import HttpClient
from libs.web.keys import Keys
from services.ministries import worker
from services.ministries.adapters.registry import adapters
from services.ministries.api import Decisions
from services.ministries.by_hand import by_hand
from services.ministries.consumers import HANDLERS
from services.ministries.settings import Settings
from services.ministries.store import webhooks
from services.ministries.store.deliveries import DUE

NAME = "ministries"

_DAY_S = 24 * 3600.0
_CONNECTIONS = 512
_REPLY_LIMIT_BYTES = 64 * 1024
# Room for the answer's way back, so that it is the adapter's deadline that ends a call.
_GRACE_S = 1.0
_FORGET_AT_ONCE = 1000
_FORGET_EVERY_S = 60.0


def build(settings: Settings, *, tracing: Tracing | None = None) -> Service:
    """Build ministries.

    Args:
        settings: its knobs.
        tracing: makes its spans instead of its own.
    """
    resources = make_resources(NAME, settings, tracing=tracing)
    decisions = Decisions(
        resources.database,
        worker.record_answers,
        tracing=resources.tracing,
        master_secret=settings.ministry_secret.get_secret_value(),
    )
    keys = Keys(
        settings.identity_url, tracing=resources.tracing, metrics=resources.metrics, needed=False
    )
    desk = Desk(NAME, resources.database, HANDLERS, by_hand(), tracing=resources.tracing)
    return assemble(
        resources,
        routes=[*decisions.routes(), *Operations(desk, keys.checker).routes()],
        handlers=HANDLERS,
        parts=[
            decisions.group,
            keys,
            *_hand_over(resources, settings),
            *_sweeps(resources, settings),
        ],
    )


def _hand_over(resources: Resources, settings: Settings) -> list[Component]:
    client = HttpClient(
        NAME,
        tracing=resources.tracing,
        metrics=resources.metrics,
        connections=_CONNECTIONS,
        reply_limit_bytes=_REPLY_LIMIT_BYTES,
    )
    public_url = settings.public_url or f"http://{settings.host}:{settings.port}"
    hand_over = Worker(
        DUE,
        worker.hand_over_work(adapters(settings, client, public_url=public_url)),
        database=resources.database,
        replica=settings.replica,
        tracing=resources.tracing,
        metrics=resources.metrics,
        policy=_policy(settings),
        deadline_s=settings.answer_deadline_s + _GRACE_S,
        concurrency_per_party=settings.calls_per_ministry,
    )
    return [hand_over, client]


def _policy(settings: Settings) -> RetryPolicy:
    return RetryPolicy(
        first_s=settings.retry_first_s,
        factor=settings.retry_factor,
        most_s=settings.retry_most_s,
        give_up_after_s=settings.give_up_after_days * _DAY_S,
        nonsense_tries=settings.nonsense_tries,
    )


def _sweeps(resources: Resources, settings: Settings) -> list[Component]:
    return [
        Sweep(
            "tell delays",
            partial(worker.tell_delays, patience_s=settings.delay_patience_s),
            database=resources.database,
        ),
        Sweep(
            "tell held up",
            partial(heldup.tell_held_up, topic=topics.SUBMISSIONS, tell=worker.tell_held_up),
            database=resources.database,
        ),
        Sweep(
            "forget calls",
            partial(
                webhooks.forget_calls,
                older_than_days=settings.keep_calls_days,
                limit=_FORGET_AT_ONCE,
            ),
            database=resources.database,
            every_s=_FORGET_EVERY_S,
        ),
    ]
